import { deadLetterTable } from '../deliveries/index.ts';
import type { Payment } from '../domain/payment/payment.ts';
import { type Reservation, stateAt } from '../domain/reservation/reservation.ts';
import { outboxTable } from '../events/index.ts';
import { buyerTable, seatTable } from '../services/inventory/index.ts';
import { paymentTable } from '../services/payment/index.ts';
import { reservationTable } from '../services/reservation/index.ts';
import type { Store, Table } from '../store/index.ts';

/** What must hold among the records of a platform whose worker has nothing left to do. */
export interface Books {
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly payments: ReadonlyMap<string, Payment>;
  /** One sentence for everything that must not be. */
  readonly violations: readonly string[];
}

/**
 * Compares the records of all services: who has which seat, who has paid, and what for.
 *
 * @param ticketLimit Tickets that one buyer may have of an event.
 */
export async function audit(store: Store, now: number, ticketLimit: number): Promise<Books> {
  const reservations = await all(store, reservationTable);
  const payments = await all(store, paymentTable);
  const seats = await all(store, seatTable);
  const violations: string[] = [];
  const sold = new Map<string, string>();

  const has = (reservation: Reservation | undefined, seatId: string): boolean =>
    reservation?.state === 'CONFIRMED' &&
    reservation.seats.some(({ id }) => id === seatId) &&
    !reservation.refundedSeatIds?.includes(seatId);

  for (const [key, seat] of seats) {
    if (seat.sold) {
      sold.set(key, seat.reservationId);
      const owner = reservations.get(seat.reservationId);
      if (!has(owner, seat.seatId)) {
        violations.push(
          `seat ${key} is sold to ${seat.reservationId}, which is ${owner?.state ?? 'unknown'}`,
        );
      }
    }
  }
  for (const reservation of reservations.values()) {
    const payment = payments.get(reservation.paymentIntentId ?? '');
    if (reservation.state === 'CONFIRMED') {
      for (const { id } of reservation.seats) {
        if (has(reservation, id) && sold.get(`${reservation.eventId}/${id}`) !== reservation.id) {
          violations.push(`${reservation.id} is confirmed, but its seat ${id} is not sold to it`);
        }
      }
      const paid = payment?.state === 'COMPLETED' && payment.reservationId === reservation.id;
      if (!paid || payment.amount !== reservation.total || payment.currency !== reservation.currency) {
        violations.push(`${reservation.id} is confirmed, but not paid for`);
      }
    }
    if (reservation.state === 'REFUNDED' && payment?.state !== 'REFUNDED') {
      violations.push(`${reservation.id} is refunded, but its payment is ${payment?.state}`);
    }
    const refunded = (payment?.refunds ?? []).flatMap(({ seatIds }) => seatIds);
    if (`${[...(reservation.refundedSeatIds ?? [])].sort()}` !== `${refunded.sort()}`) {
      violations.push(`${reservation.id} has not lost the seats whose money went back: ${refunded}`);
    }
  }
  for (const payment of payments.values()) {
    const bought = reservations.get(payment.reservationId);
    if (payment.state === 'COMPLETED' && bought?.paymentIntentId !== payment.intentId) {
      violations.push(`${payment.intentId} was paid, and neither bought a ticket nor was refunded`);
    }
    const refunds = payment.refunds ?? [];
    const back = refunds.reduce((sum, { amount }) => sum + amount, 0);
    if (back !== (payment.refundedAmount ?? 0) || back > payment.amount) {
      violations.push(`${payment.intentId} of ${payment.amount} was refunded ${back}`);
    }
    if (payment.state === 'REFUNDED' && back !== payment.amount) {
      violations.push(`${payment.intentId} was refunded ${back} of ${payment.amount}`);
    }
    const twice = refunds.flatMap(({ seatIds }) => seatIds);
    if (new Set(twice).size !== twice.length) {
      violations.push(`${payment.intentId} has refunded a seat twice: ${twice}`);
    }
    if (payment.state === 'PROCESSING' && (payment.dueAt ?? 0) <= now) {
      violations.push(`${payment.intentId} waits for an answer that is overdue`);
    }
  }
  for (const [key, buyer] of await all(store, buyerTable)) {
    const [eventId, userId] = key.split('/');
    const tickets = [...reservations.values()]
      .filter((of) => of.eventId === eventId && of.userId === userId)
      .filter((of) => ['HOLD', 'CONFIRMED'].includes(stateAt(of, now)))
      .reduce((sum, of) => sum + of.seats.length - (of.refundedSeatIds?.length ?? 0), 0);
    if (tickets > ticketLimit) {
      violations.push(`${key} has ${tickets} tickets (on record: ${JSON.stringify(buyer)})`);
    }
  }
  for (const [id, { event }] of await all(store, outboxTable)) {
    violations.push(`${event.name} ${id} was not delivered`);
  }
  for (const [id, { error }] of await all(store, deadLetterTable)) {
    violations.push(`${id} was given up: ${error}`);
  }
  return { reservations, payments, violations };
}

async function all<T>(store: Store, table: Table<T>): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  for await (const { key, value } of store.scan(table)) {
    found.set(key, value);
  }
  return found;
}
