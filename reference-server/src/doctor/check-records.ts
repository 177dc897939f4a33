import type { Hold } from '../domain/inventory/hold.ts';
import type { Reservation } from '../domain/reservation/reservation.ts';
import { outboxTable } from '../events/index.ts';
import { holdTable } from '../services/inventory/index.ts';
import { paymentTable } from '../services/payment/index.ts';
import { reservationTable } from '../services/reservation/index.ts';
import type { Store, Table } from '../store/index.ts';
import { timerTable } from '../timers/index.ts';
import { agreement } from './agreement.ts';
import { checkSeats } from './check-seats.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** What spans services is agreed on in the end; this is how long it may take. */
const SETTLED_MS = 5 * 60_000;

/** How late work may be before it is one that nobody does. */
const LATE_MS = 60_000;

/**
 * Compares what services say of the same tickets: seats and places of areas with holds, holds with reservations, those with payments. All
 * of it is looked at as it was at one moment; what services have still to tell one another is left out.
 */
export async function checkRecords(store: Store, now: number): Promise<readonly Finding[]> {
  const holds = await all(store, holdTable);
  const reservations = await all(store, reservationTable);
  return [
    ...(await checkSeats(store, holds, now)),
    agreement('holds and reservations', reservations.size, reservationsAgree(holds, reservations, now)),
    agreement('reservations and payments', reservations.size, await paymentsAgree(store, reservations, now)),
  ];
}

/** How late the worker is. @param runs Whether a server runs, whose worker should not be late. */
export async function checkWork(store: Store, now: number, runs: boolean): Promise<readonly Finding[]> {
  return [
    lateness(
      'events to deliver',
      (await store.query(outboxTable, 'due', FIRST)).items[0]?.value.dueAt,
      now,
      runs,
    ),
    lateness('timers', (await store.query(timerTable, 'due', FIRST)).items[0]?.value.dueAt, now, runs),
  ];
}

const FIRST = { partition: 'all', limit: 1 };

function lateness(check: string, dueAt: number | undefined, now: number, runs: boolean): Finding {
  const lateMs = dueAt === undefined ? 0 : now - dueAt;
  if (lateMs <= 0) {
    return ok(check, 'nothing is late');
  }
  const found = `the first has been due for ${Math.round(lateMs / 1000)} s`;
  if (!runs) {
    return note(check, `${found}; the worker does it when the server starts`);
  }
  return lateMs <= LATE_MS
    ? ok(check, found)
    : problem(check, found, `at most ${LATE_MS / 1000} s`, 'look for warnings of the worker in the log');
}

function reservationsAgree(
  holds: ReadonlyMap<string, Hold>,
  reservations: ReadonlyMap<string, Reservation>,
  now: number,
): string[] {
  const broken: string[] = [];
  for (const { id, state, updatedAt } of reservations.values()) {
    const hold = holds.get(id)?.state;
    if (state === 'CONFIRMED' && hold !== 'COMMITTED' && updatedAt < now - SETTLED_MS) {
      broken.push(`${id} is confirmed, but its hold is ${hold?.toLowerCase() ?? 'unknown'}`);
    }
  }
  for (const { reservationId, state, committedAt } of holds.values()) {
    const of = reservations.get(reservationId)?.state;
    const settled = (committedAt ?? now) < now - SETTLED_MS;
    if (state === 'COMMITTED' && settled && of !== 'CONFIRMED' && of !== 'REFUNDED') {
      broken.push(`seats are sold to ${reservationId}, which is ${of?.toLowerCase() ?? 'unknown'}`);
    }
  }
  return broken;
}

async function paymentsAgree(
  store: Store,
  reservations: ReadonlyMap<string, Reservation>,
  now: number,
): Promise<string[]> {
  const payments = await all(store, paymentTable);
  const broken: string[] = [];
  for (const { id, state, updatedAt, paymentIntentId, total, currency } of reservations.values()) {
    if (state !== 'CONFIRMED' || updatedAt >= now - SETTLED_MS) {
      continue;
    }
    const payment = payments.get(paymentIntentId ?? '');
    const isPaid = payment?.state === 'COMPLETED' && payment.reservationId === id;
    if (!isPaid || payment.amount !== total || payment.currency !== currency) {
      broken.push(`${id} is confirmed for ${total} ${currency}, but not paid for`);
    }
  }
  return broken;
}

async function all<T>(store: Store, table: Table<T>): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  for await (const { key, value } of store.scan(table)) {
    found.set(key, value);
  }
  return found;
}
