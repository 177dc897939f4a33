import type { ServiceImpl } from '@connectrpc/connect';
import type { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import { callOf, inherit } from '@traffic-tacos/server';
import { cancelReservation } from './cancel-reservation.ts';
import { confirmReservation } from './confirm-reservation.ts';
import { createReservation } from './create-reservation.ts';
import type { ReservationDeps } from './deps.ts';
import { extendHold } from './extend-hold.ts';
import { getReservation, listReservations } from './read-reservations.ts';

export { type ReservationChange, reservationChanges, reservationsOf } from './changes.ts';
export type { AdmissionCheck, ReservationDeps } from './deps.ts';
export { type HoldsWanted, openHolds } from './open-holds.ts';
export { reservationTable, spentTokenTable } from './tables.ts';

/** Reservations: seats held for a buyer, on their way to an order. */
export function reservationService(deps: ReservationDeps): Partial<ServiceImpl<typeof ReservationService>> {
  return {
    createReservation: (request, context) =>
      createReservation(deps, request, callOf(context), inherit(context)),
    getReservation: (request, context) => getReservation(deps, request, callOf(context)),
    confirmReservation: (request, context) =>
      confirmReservation(deps, request, callOf(context), inherit(context)),
    cancelReservation: (request, context) =>
      cancelReservation(deps, request, callOf(context), inherit(context)),
    listReservations: (request) => listReservations(deps, request),
    extendHold: (request, context) => extendHold(deps, request, callOf(context), inherit(context)),
  };
}
