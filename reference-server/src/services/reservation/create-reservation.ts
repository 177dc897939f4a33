import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import {
  type CreateReservationRequest,
  type CreateReservationResponse,
  CreateReservationResponseSchema,
  ReservationStatus,
  type ReserveSeatResponse,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { type Reservation, stateAt } from '../../domain/reservation/reservation.ts';
import { emit } from '../../events/index.ts';
import { ConditionFailed, put } from '../../store/index.ts';
import { setTimer } from '../../timers/index.ts';
import { refusalOf } from '../shared/answered.ts';
import { moneyOf, moneyText } from '../shared/money.ts';
import { derivedTimedId, newId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import { giveBackLater } from './abandoned-hold.ts';
import type { ReservationDeps } from './deps.ts';
import { metadataOf, reservedSeats, seatMessages } from './messages.ts';
import { isSpent, type Pass, passOf, spend, spentRefused } from './pass.ts';
import { reservationEvent } from './reservation-record.ts';
import { reservationTable, spentTokenTable } from './tables.ts';

/**
 * Holds seats for a buyer and records the reservation. The inventory's hold comes first: after a crash in
 * between, the same call finds it again, because the reservation's id follows from the idempotency key; without a
 * key the hold lapses by itself.
 */
export async function createReservation(
  deps: ReservationDeps,
  request: CreateReservationRequest,
  call: Call,
  nested: CallOptions,
): Promise<CreateReservationResponse> {
  const pass = passOf(deps, request, call);
  const held = await hold(deps, request, pass, call, nested);
  if (held.kind === 'earlier') {
    refuseOtherPrice(request, held.reservation);
    return responseOf(held.reservation);
  }
  const now = deps.clock();
  const reservation = reservationFor(held, request, now);
  try {
    refuseOtherPrice(request, reservation);
  } catch (refusal) {
    await release(deps, reservation, { step: 'price', reason: 'the price is another' }, nested);
    throw refusal;
  }
  const response = responseOf(reservation);
  try {
    await deps.store.transact([
      put(reservationTable, reservation.id, reservation, { if: 'absent' }),
      ...spend(pass, reservation.id),
      setTimer('reservation-expiry', reservation.id, reservation.holdExpiresAt),
      emit({
        ...reservationEvent('reservation.created', reservation, now),
        ...(pass && { reservationTokenId: pass.tokenId }),
      }),
      ...recorded(call, response),
    ]);
  } catch (error) {
    if (error instanceof ConditionFailed && error.on(reservationTable)) {
      const found = await deps.store.get(reservationTable, reservation.id);
      if (found?.value.state !== 'FAILED') {
        // Another process was faster with the same key: its answer is this call's as well, and so are its seats.
        throw error;
      }
      giveBackLater(deps, reservation, call.log);
      throw refuse('CONCURRENT_MODIFICATION', 'the reservation was given up meanwhile; try again');
    }
    if (error instanceof ConditionFailed && error.on(spentTokenTable)) {
      await release(deps, reservation, { step: 'spent', reason: 'the reservation token is spent' }, nested);
      throw spentRefused();
    }
    giveBackLater(deps, reservation, call.log);
    throw error;
  }
  deps.onState(reservation.state);
  return response;
}

/** Refuses another price than the one the buyer saw. */
function refuseOtherPrice(request: CreateReservationRequest, reservation: Reservation): void {
  const asked = request.totalAmount;
  const { total, currency } = reservation;
  if (asked !== undefined && (asked.amount !== BigInt(total) || asked.currency !== currency)) {
    const price = moneyText({ amount: total, currency });
    throw refuse('FAILED_PRECONDITION', `total_amount is ${moneyText(asked)}, but the seats cost ${price}`, [
      { field: 'total_amount', reason: 'PRICE_CHANGED', value: moneyText(asked) },
      { field: 'total_amount', reason: 'CURRENT_PRICE', value: price },
    ]);
  }
}

type Held =
  | { readonly kind: 'held'; readonly reservationId: string; readonly answer: ReserveSeatResponse }
  | { readonly kind: 'earlier'; readonly reservation: Reservation };

/** Has the inventory hold the seats, or finds the reservation that holds them for this buyer already. */
async function hold(
  deps: ReservationDeps,
  request: CreateReservationRequest,
  pass: Pass | undefined,
  call: Call,
  nested: CallOptions,
): Promise<Held> {
  const { caller } = call;
  const key = call.idempotency?.key;
  const derived = key === undefined ? undefined : derivedTimedId('rsv', caller.kind, caller.id, key);
  const [spent, former] = await Promise.all([
    isSpent(deps.store, pass),
    derived === undefined ? undefined : deps.store.get(reservationTable, derived),
  ]);
  if (spent) {
    const own = await sameHold(deps, request, key);
    if (own !== undefined) {
      return { kind: 'earlier', reservation: own };
    }
    throw spentRefused();
  }
  // A key whose answer is no longer kept may come with a new request: its old reservation is not touched.
  const taken = former !== undefined;
  let reservationId = derived === undefined || taken ? newId('rsv') : derived;
  let answer = await reserve(deps, request, reservationId, call, nested);
  if (reservationId === derived && isStale(answer, deps.clock())) {
    reservationId = newId('rsv');
    answer = await reserve(deps, request, reservationId, call, nested);
  }
  if (answer.error !== undefined) {
    const isTaken = answer.error.code === ErrorCode.INVENTORY_CONFLICT;
    const own = isTaken ? await sameHold(deps, request, key) : undefined;
    if (own !== undefined) {
      return { kind: 'earlier', reservation: own };
    }
    throw refusalOf(answer.error);
  }
  return { kind: 'held', reservationId, answer };
}

/** @throws what the inventory's call throws: the seats may be held all the same, and are given back later. */
async function reserve(
  deps: ReservationDeps,
  request: CreateReservationRequest,
  id: string,
  call: Call,
  nested: CallOptions,
): Promise<ReserveSeatResponse> {
  const { eventId, userId, seatIds, section } = request;
  const quantity = request.quantity || seatIds.length;
  const idempotencyKey = `${id}/reserve`;
  try {
    return await deps.inventory.reserveSeat(
      { reservationId: id, eventId, seatIds, quantity, section, userId, idempotencyKey },
      nested,
    );
  } catch (error) {
    giveBackLater(deps, { id, eventId, userId }, call.log);
    throw error;
  }
}

/** Whether what the inventory says is about a hold of an earlier use of the same key. */
function isStale(answer: ReserveSeatResponse, now: number): boolean {
  switch (answer.error?.code) {
    case undefined:
      return (msOf(answer.holdExpiresAt) ?? 0) <= now;
    case ErrorCode.ALREADY_EXISTS:
    case ErrorCode.RESERVATION_EXPIRED:
    case ErrorCode.IDEMPOTENCY_CONFLICT:
      return true;
    default:
      return false;
  }
}

/** Holds of one buyer that are looked through for the same seats. */
const LOOKED_THROUGH = 20;

/** The buyer's own hold of exactly these seats, where they ask without a key. Buyers without an id cannot be told apart. */
async function sameHold(
  deps: ReservationDeps,
  request: CreateReservationRequest,
  key: string | undefined,
): Promise<Reservation | undefined> {
  if (key !== undefined || request.userId === '') {
    return undefined;
  }
  const page = await deps.store.query(reservationTable, 'by_user', {
    partition: request.userId,
    limit: LOOKED_THROUGH,
    descending: true,
  });
  const now = deps.clock();
  return page.items
    .map(({ value }) => value)
    .find(
      (reservation) =>
        stateAt(reservation, now) === 'HOLD' &&
        reservation.eventId === request.eventId &&
        reservation.seats.length === request.seatIds.length &&
        reservation.seats.every(({ id }) => request.seatIds.includes(id)),
    );
}

function reservationFor(
  held: Extract<Held, { kind: 'held' }>,
  request: CreateReservationRequest,
  now: number,
): Reservation {
  const seats = reservedSeats(held.answer.reservedSeats);
  const metadata = metadataOf(request.metadata);
  return {
    id: held.reservationId,
    eventId: request.eventId,
    userId: request.userId,
    state: 'HOLD',
    seats,
    total: seats.reduce((sum, seat) => sum + seat.price, 0),
    currency: held.answer.reservedSeats[0]?.price?.currency ?? '',
    createdAt: now,
    updatedAt: now,
    holdExpiresAt: msOf(held.answer.holdExpiresAt) ?? now,
    extendedSeconds: 0,
    eventSequence: 1,
    ...(metadata && { metadata }),
  };
}

/** Gives the hold of a reservation that is not to be back. Where that fails, the hold lapses by itself. */
async function release(
  deps: ReservationDeps,
  reservation: Reservation,
  why: { readonly step: string; readonly reason: string },
  nested: CallOptions,
): Promise<void> {
  await deps.inventory.releaseHold(
    {
      reservationId: reservation.id,
      eventId: reservation.eventId,
      reason: why.reason,
      idempotencyKey: `${reservation.id}/${why.step}`,
    },
    nested,
  );
}

function responseOf(reservation: Reservation): CreateReservationResponse {
  const seats = reservation.seats.map(({ id }) => id).join(', ');
  const until = new Date(reservation.holdExpiresAt).toISOString();
  return create(CreateReservationResponseSchema, {
    reservationId: reservation.id,
    status: ReservationStatus.HOLD,
    holdExpiresAt: timestampOf(reservation.holdExpiresAt),
    reservedSeats: seatMessages(reservation, 'HOLD'),
    totalAmount: moneyOf(reservation.total, reservation.currency),
    message: `Held until ${until}: ${seats}.`,
  });
}
