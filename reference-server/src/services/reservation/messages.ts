import { create } from '@bufbuild/protobuf';
import { type Seat, SeatSchema, SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  type ReservationMetadata as MetadataMessage,
  type Reservation as ReservationMessage,
  ReservationMetadataSchema,
  ReservationSchema,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import {
  type Reservation,
  type ReservationMetadata,
  type ReservationState,
  type ReservedSeat,
  stateAt,
} from '../../domain/reservation/reservation.ts';
import { moneyOf } from '../shared/money.ts';
import { timestampOf } from '../shared/time.ts';

/** A state as the contract says it. */
export function statusOf(state: ReservationState): ReservationStatus {
  return ReservationStatus[state];
}

/** What the seats of a reservation are. What becomes of those that it no longer has is not told: others may. */
const SEAT_STATUS: Readonly<Record<ReservationState, SeatStatus>> = {
  HOLD: SeatStatus.RESERVED,
  CONFIRMED: SeatStatus.SOLD,
  CANCELLED: SeatStatus.UNSPECIFIED,
  EXPIRED: SeatStatus.UNSPECIFIED,
  FAILED: SeatStatus.UNSPECIFIED,
  REFUNDED: SeatStatus.UNSPECIFIED,
};

/** A reservation as the contract says it, as of now. */
export function reservationMessage(reservation: Reservation, now: number): ReservationMessage {
  const state = stateAt(reservation, now);
  return create(ReservationSchema, {
    reservationId: reservation.id,
    eventId: reservation.eventId,
    userId: reservation.userId,
    status: statusOf(state),
    seats: seatMessages(reservation, state),
    seatIds: reservation.seats.map(({ id }) => id),
    quantity: reservation.seats.length,
    // One that failed before it had seats has no price either.
    ...(reservation.currency !== '' && { totalAmount: moneyOf(reservation.total, reservation.currency) }),
    createdAt: timestampOf(reservation.createdAt),
    updatedAt: timestampOf(reservation.updatedAt),
    holdExpiresAt: timestampOf(reservation.holdExpiresAt),
    paymentIntentId: reservation.paymentIntentId ?? '',
    orderId: reservation.orderId ?? '',
    ...(reservation.metadata && {
      metadata: create(ReservationMetadataSchema, definedOnly(reservation.metadata)),
    }),
  });
}

/** The seats of a reservation in a state. */
export function seatMessages(
  reservation: Reservation,
  state: ReservationState,
  status: SeatStatus = SEAT_STATUS[state],
): Seat[] {
  return reservation.seats.map((seat) =>
    create(SeatSchema, {
      ...seat,
      price: moneyOf(seat.price, reservation.currency),
      status: reservation.refundedSeatIds?.includes(seat.id) ? SeatStatus.UNSPECIFIED : status,
    }),
  );
}

/** The seats of an answer of the inventory, as they are kept. */
export function reservedSeats(seats: readonly Seat[]): ReservedSeat[] {
  return seats.map(({ id, section, row, number, price }) => ({
    id,
    section,
    row,
    number,
    price: Number(price?.amount ?? 0n),
  }));
}

/** What a client says of itself, as it is kept. */
export function metadataOf(metadata: MetadataMessage | undefined): ReservationMetadata | undefined {
  if (metadata === undefined) {
    return undefined;
  }
  const { source, userAgent, ipAddress, sessionId, tags } = metadata;
  return { source, userAgent, ipAddress, sessionId, tags };
}

type Defined<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

function definedOnly<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Partial<
    Defined<T>
  >;
}
