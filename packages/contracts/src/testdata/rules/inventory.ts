import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  CheckAvailabilityRequestSchema,
  CommitReservationRequestSchema,
  GetInventoryStatusRequestSchema,
  ListSeatsRequestSchema,
  ReleaseHoldRequestSchema,
  ReserveSeatRequestSchema,
  ReturnSeatsRequestSchema,
  WatchSeatsRequestSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { enumOf, id, idList, key, neededIds, optionalId, range, upTo, user } from './limit.ts';
import { type RequestCases, request } from './request.ts';
import { pagination } from './types.ts';

const hold = { reservationId: 'res_1', eventId: 'event_123' };
const two = ['A1', 'A2'];

export const inventoryRules: readonly RequestCases[] = [
  request(
    CheckAvailabilityRequestSchema,
    { eventId: 'event_123' },
    { eventId: id, seatIds: idList(10), quantity: range(0, 10), section: optionalId },
    {
      valid: [{ eventId: 'event_123', seatIds: two, quantity: 2 }],
      invalid: [
        [{ eventId: 'event_123', seatIds: two, quantity: 3 }, ' check_availability.quantity_of_seat_ids'],
      ],
    },
  ),
  request(
    ReserveSeatRequestSchema,
    { ...hold, quantity: 1 },
    { reservationId: id, eventId: id, userId: user, idempotencyKey: key, section: optionalId },
    {
      valid: [{ ...hold, seatIds: two, quantity: 2 }],
      invalid: [
        [hold, ' reserve_seat.seat_ids_or_quantity'],
        [{ ...hold, seatIds: two, quantity: 1 }, ' reserve_seat.quantity_of_seat_ids'],
        [{ ...hold, quantity: 11 }, 'quantity int32.gte_lte'],
        [{ ...hold, quantity: -1 }, 'quantity int32.gte_lte'],
      ],
    },
  ),
  request(ReserveSeatRequestSchema, { ...hold, seatIds: two }, { seatIds: neededIds(10) }),
  request(
    CommitReservationRequestSchema,
    { ...hold, paymentIntentId: 'pi_1' },
    {
      reservationId: id,
      eventId: id,
      seatIds: idList(10),
      quantity: range(0, 10),
      paymentIntentId: id,
      userId: user,
      idempotencyKey: key,
    },
    {
      valid: [{ ...hold, paymentIntentId: 'pi_1', seatIds: two, quantity: 2 }],
      invalid: [
        [hold, 'payment_intent_id string.pattern'],
        [
          { ...hold, paymentIntentId: 'pi_1', seatIds: two, quantity: 1 },
          ' commit_reservation.quantity_of_seat_ids',
        ],
      ],
    },
  ),
  request(
    ReleaseHoldRequestSchema,
    hold,
    {
      reservationId: id,
      eventId: id,
      seatIds: idList(10),
      quantity: range(0, 10),
      reason: upTo(1000),
      idempotencyKey: key,
    },
    {
      valid: [{ ...hold, seatIds: two, quantity: 2 }],
      invalid: [[{ ...hold, seatIds: two, quantity: 10 }, ' release_hold.quantity_of_seat_ids']],
    },
  ),
  request(GetInventoryStatusRequestSchema, { eventId: 'event_123' }, { eventId: id, section: optionalId }),
  request(
    ListSeatsRequestSchema,
    { eventId: 'event_123' },
    { eventId: id, section: optionalId, status: enumOf(SeatStatus), pagination },
  ),
  request(
    WatchSeatsRequestSchema,
    { eventId: 'event_123' },
    { eventId: id, section: optionalId, resumeToken: upTo(2048) },
  ),
  request(ReturnSeatsRequestSchema, hold, {
    reservationId: id,
    eventId: id,
    seatIds: idList(10),
    userId: user,
    reason: upTo(1000),
    idempotencyKey: key,
  }),
];
