import { deadLetterTable } from '../deliveries/index.ts';
import type { Payment } from '../domain/payment/payment.ts';
import { type Reservation, stateAt } from '../domain/reservation/reservation.ts';
import { outboxTable } from '../events/index.ts';
import { areaTable, buyerTable, holdTable, seatTable } from '../services/inventory/index.ts';
import { seatKey } from '../services/inventory/tables.ts';
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
  const violations: string[] = [];
  const sold = await soldSeats(store, violations);

  const has = (reservation: Reservation | undefined, seatId: string): boolean =>
    reservation?.state === 'CONFIRMED' &&
    reservation.seats.some(({ id }) => id === seatId) &&
    !reservation.refundedSeatIds?.includes(seatId);

  for (const [key, reservationId] of sold) {
    const owner = reservations.get(reservationId);
    if (!has(owner, key.slice(key.indexOf('/') + 1))) {
      violations.push(`seat ${key} is sold to ${reservationId}, which is ${owner?.state ?? 'unknown'}`);
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

/** Who has bought which seat, by the key of the seat. */
async function soldSeats(store: Store, violations: string[]): Promise<ReadonlyMap<string, string>> {
  const sold = new Map<string, string>();
  for (const hold of (await all(store, holdTable)).values()) {
    for (const id of hold.state === 'COMMITTED' ? hold.seatIds : []) {
      const key = seatKey(hold.eventId, id);
      if (sold.has(key)) {
        violations.push(`seat ${key} is sold to ${sold.get(key)} and to ${hold.reservationId}`);
      }
      sold.set(key, hold.reservationId);
    }
  }
  let inRows = 0;
  for (const [key, seat] of await all(store, seatTable)) {
    if (seat.sold) {
      inRows++;
      if (sold.get(key) !== seat.reservationId) {
        violations.push(`seat ${key} is sold to ${seat.reservationId}, whose hold does not say so`);
      }
    }
  }
  const shards = [...(await all(store, areaTable)).values()];
  const inAreas = shards.reduce((sum, shard) => sum + shard.sold.replaceAll('0', '').length, 0);
  if (inRows + inAreas !== sold.size) {
    violations.push(`${sold.size} seats were bought, but ${inRows} of rows and ${inAreas} of areas are sold`);
  }
  return sold;
}

async function all<T>(store: Store, table: Table<T>): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  for await (const { key, value } of store.scan(table)) {
    found.set(key, value);
  }
  return found;
}
