import {
  CancelReservationRequestSchema,
  ConfirmReservationRequestSchema,
  CreateReservationRequestSchema,
  ExtendHoldRequestSchema,
  GetReservationRequestSchema,
  ListReservationsRequestSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { enumOf, id, key, neededIds, optionalId, range, upTo, user, within } from './limit.ts';
import { type RequestCases, request } from './request.ts';
import { money, origin, pagination } from './types.ts';

interface Wanted {
  readonly eventId: string;
  readonly seatIds?: string[];
  readonly quantity?: number;
}

const NEITHER = ' create_reservation.seat_ids_or_quantity';
const ANOTHER = ' create_reservation.quantity_of_seat_ids';
const GTE_LTE = 'quantity int32.gte_lte';

/** How seats are asked for: by id, by number, or both in agreement. */
export const createReservationSeats: {
  readonly valid: readonly Wanted[];
  readonly invalid: readonly (readonly [Wanted, ...violations: string[]])[];
} = {
  valid: [
    { eventId: 'event_123', quantity: 10 },
    { eventId: 'event_123', seatIds: ['A-12'] },
    { eventId: 'event_123', seatIds: ['A1', 'A2'], quantity: 2 },
  ],
  invalid: [
    [{ eventId: 'event_123' }, NEITHER],
    [{ eventId: 'event_123', seatIds: ['A1'], quantity: 2 }, ANOTHER],
    [{ eventId: 'event_123', seatIds: ['A1', 'A2'], quantity: 1 }, ANOTHER],
    [{ eventId: 'event_123', quantity: -1 }, GTE_LTE],
    [{ eventId: 'event_123', quantity: 11 }, GTE_LTE],
    [{ eventId: '' }, NEITHER, 'event_id string.pattern'],
  ],
};

export const reservationRules: readonly RequestCases[] = [
  request(
    CreateReservationRequestSchema,
    { eventId: 'event_123', quantity: 1 },
    {
      eventId: id,
      userId: user,
      reservationToken: upTo(2048),
      idempotencyKey: key,
      metadata: within(origin),
      totalAmount: money,
      section: optionalId,
    },
    createReservationSeats,
  ),
  request(
    CreateReservationRequestSchema,
    { eventId: 'event_123', seatIds: ['A1'] },
    { seatIds: neededIds(10) },
  ),
  request(GetReservationRequestSchema, { reservationId: 'res_1' }, { reservationId: id, userId: user }),
  request(
    ConfirmReservationRequestSchema,
    { reservationId: 'res_1', paymentIntentId: 'pi_1' },
    { reservationId: id, paymentIntentId: id, userId: user, idempotencyKey: key },
    { invalid: [[{ reservationId: 'res_1' }, 'payment_intent_id string.pattern']] },
  ),
  request(
    CancelReservationRequestSchema,
    { reservationId: 'res_1' },
    { reservationId: id, userId: user, reason: upTo(1000), idempotencyKey: key },
  ),
  request(
    ListReservationsRequestSchema,
    {},
    { userId: user, status: enumOf(ReservationStatus), eventId: optionalId, pagination },
  ),
  request(
    ExtendHoldRequestSchema,
    { reservationId: 'res_1', extensionSeconds: 30 },
    {
      reservationId: id,
      userId: user,
      extensionSeconds: range(1, 1800),
      reason: upTo(1000),
      idempotencyKey: key,
    },
    { invalid: [[{ reservationId: 'res_1' }, 'extension_seconds int32.gte_lte']] },
  ),
];
