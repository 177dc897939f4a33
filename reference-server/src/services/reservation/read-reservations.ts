import { create } from '@bufbuild/protobuf';
import {
  type GetReservationRequest,
  type GetReservationResponse,
  GetReservationResponseSchema,
  type ListReservationsRequest,
  type ListReservationsResponse,
  ListReservationsResponseSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import type { Call } from '@traffic-tacos/server';
import { stateAt } from '../../domain/reservation/reservation.ts';
import { filteredPage } from '../shared/filtered-page.ts';
import { mayAccess } from '../shared/owner.ts';
import type { ReservationDeps } from './deps.ts';
import { reservationMessage, statusOf } from './messages.ts';
import { reservationOf } from './reservation-record.ts';
import { reservationTable } from './tables.ts';

/** A reservation as of now. */
export async function getReservation(
  deps: ReservationDeps,
  request: GetReservationRequest,
  call: Call,
): Promise<GetReservationResponse> {
  const { value } = await reservationOf(deps.store, request.reservationId, (owner) =>
    mayAccess(call.caller, request.userId, owner),
  );
  return create(GetReservationResponseSchema, { reservation: reservationMessage(value, deps.clock()) });
}

/** A buyer's reservations, newest first. */
export async function listReservations(
  deps: ReservationDeps,
  request: ListReservationsRequest,
): Promise<ListReservationsResponse> {
  const now = deps.clock();
  const page = await filteredPage({
    pagination: request.pagination,
    list: ['reservations', request.userId, request.status, request.eventId].join('|'),
    read: (limit, cursor) =>
      deps.store.query(reservationTable, 'by_user', {
        partition: request.userId,
        descending: true,
        limit,
        ...(cursor !== undefined && { cursor }),
      }),
    matches: (reservation) =>
      (request.eventId === '' || reservation.eventId === request.eventId) &&
      (request.status === ReservationStatus.UNSPECIFIED ||
        statusOf(stateAt(reservation, now)) === request.status),
  });
  return create(ListReservationsResponseSchema, {
    reservations: page.items.map((reservation) => reservationMessage(reservation, now)),
    pageInfo: page.info,
  });
}
