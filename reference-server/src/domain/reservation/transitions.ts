import { type Reservation, stateAt } from './reservation.ts';

/** Why a change is refused. */
export type Refusal =
  | 'EXPIRED'
  | 'NOT_A_HOLD'
  | 'NOT_CONFIRMED'
  | 'ALREADY_CONFIRMED'
  | 'CANNOT_CANCEL'
  | 'EXTENSION_USED_UP';

/** The reservation after a change, the same one when nothing changes, or why not. */
export type Transition =
  | { readonly ok: true; readonly changed: boolean; readonly reservation: Reservation }
  | { readonly ok: false; readonly refusal: Refusal };

const refused = (refusal: Refusal): Transition => ({ ok: false, refusal });
const unchanged = (reservation: Reservation): Transition => ({ ok: true, changed: false, reservation });

function changed(reservation: Reservation, now: number, change: Partial<Reservation>): Transition {
  return {
    ok: true,
    changed: true,
    reservation: { ...reservation, ...change, updatedAt: now, eventSequence: reservation.eventSequence + 1 },
  };
}

/**
 * Turns a paid hold into an order. The seats must have been committed at `confirmedAt`, which is what decides:
 * a hold that lapsed between the commit and now is confirmed all the same.
 */
export function confirm(
  reservation: Reservation,
  order: { readonly orderId: string; readonly paymentIntentId: string; readonly confirmedAt: number },
  now: number,
): Transition {
  if (reservation.state === 'CONFIRMED') {
    return reservation.paymentIntentId === order.paymentIntentId
      ? unchanged(reservation)
      : refused('ALREADY_CONFIRMED');
  }
  if (reservation.state !== 'HOLD' && reservation.state !== 'EXPIRED') {
    return refused('NOT_A_HOLD');
  }
  return changed(reservation, now, { state: 'CONFIRMED', ...order });
}

/**
 * Whether a confirmation may be tried. A hold that has lapsed may: its seats may have been committed in time by
 * an earlier try that was cut off, and the inventory knows.
 */
export function confirmable(reservation: Reservation, paymentIntentId: string): Transition {
  switch (reservation.state) {
    case 'CONFIRMED':
      return reservation.paymentIntentId === paymentIntentId
        ? unchanged(reservation)
        : refused('ALREADY_CONFIRMED');
    case 'HOLD':
    case 'EXPIRED':
      return unchanged(reservation);
    default:
      return refused('NOT_A_HOLD');
  }
}

/** Gives a hold up. */
export function cancel(reservation: Reservation, now: number): Transition {
  const state = stateAt(reservation, now);
  if (state === 'CANCELLED') {
    return unchanged(reservation);
  }
  if (state === 'EXPIRED') {
    return refused('EXPIRED');
  }
  return state === 'HOLD'
    ? changed(reservation, now, { state: 'CANCELLED', cancelledAt: now })
    : refused('CANNOT_CANCEL');
}

/** Writes down that some of the seats were refunded; with the last of them the reservation is. */
export function refund(reservation: Reservation, seatIds: readonly string[], now: number): Transition {
  if (reservation.state !== 'CONFIRMED' && reservation.state !== 'REFUNDED') {
    return refused('NOT_CONFIRMED');
  }
  const before = reservation.refundedSeatIds ?? [];
  const fresh = reservation.seats
    .map(({ id }) => id)
    .filter((id) => seatIds.includes(id) && !before.includes(id));
  if (fresh.length === 0) {
    return unchanged(reservation);
  }
  const refundedSeatIds = [...before, ...fresh];
  const state = refundedSeatIds.length === reservation.seats.length ? 'REFUNDED' : 'CONFIRMED';
  return changed(reservation, now, { state, refundedSeatIds });
}

/** Writes down that a booking cannot be completed: its hold was given back. */
export function fail(reservation: Reservation, now: number): Transition {
  return stateAt(reservation, now) === 'HOLD'
    ? changed(reservation, now, { state: 'FAILED' })
    : unchanged(reservation);
}

/** Writes down that a hold's time is over. */
export function expire(reservation: Reservation, now: number): Transition {
  if (reservation.state !== 'HOLD') {
    return unchanged(reservation);
  }
  return reservation.holdExpiresAt <= now
    ? changed(reservation, now, { state: 'EXPIRED' })
    : unchanged(reservation);
}

/**
 * Adds time to a hold: as much of `seconds` as the total allows.
 *
 * @param maxTotalSeconds Seconds that may be added to one hold in all.
 */
export function extend(
  reservation: Reservation,
  seconds: number,
  maxTotalSeconds: number,
  now: number,
): Transition {
  const state = stateAt(reservation, now);
  if (state !== 'HOLD') {
    return refused(state === 'EXPIRED' ? 'EXPIRED' : 'NOT_A_HOLD');
  }
  const added = Math.min(seconds, maxTotalSeconds - reservation.extendedSeconds);
  if (added <= 0) {
    return refused('EXTENSION_USED_UP');
  }
  return changed(reservation, now, {
    holdExpiresAt: reservation.holdExpiresAt + added * 1000,
    extendedSeconds: reservation.extendedSeconds + added,
  });
}
