import { outboxTable } from '../events/index.ts';
import { idempotencyTable } from '../idempotency-store.ts';
import { lineTable, placeTable } from '../queue/embedded/index.ts';
import { eventPartTable, eventTable } from '../services/catalog/index.ts';
import { areaTable, buyerTable, holdTable, seatTable } from '../services/inventory/index.ts';
import { currentIntentTable, paymentTable } from '../services/payment/index.ts';
import { reservationTable, spentTokenTable } from '../services/reservation/index.ts';
import { remove, type Store, type Table } from '../store/index.ts';
import { timerTable } from '../timers/index.ts';
import { demoEvents } from './demo-events.ts';

/** Records removed in one transaction, the most a store takes. */
const BATCH = 100;

/**
 * Removes the demo events and everything about them: seats, holds, reservations, payments, places in line.
 *
 * @returns how many records were removed.
 */
export async function resetDemo(store: Store): Promise<number> {
  const demo = new Set(demoEvents(0).map(({ id }) => id));
  const subjects = new Set<string>();
  let removed = 0;

  const removeFrom = async <T>(
    from: Table<T>,
    matches: (value: T, key: string) => boolean,
  ): Promise<void> => {
    let keys: string[] = [];
    const flush = async (): Promise<void> => {
      if (keys.length > 0) {
        await store.transact(keys.map((key) => remove(from, key)));
        removed += keys.length;
        keys = [];
      }
    };
    const found: string[] = [];
    for await (const { key, value } of store.scan(from)) {
      if (matches(value, key)) {
        found.push(key);
      }
    }
    for (const key of found) {
      keys.push(key);
      if (keys.length === BATCH) {
        await flush();
      }
    }
    await flush();
  };

  const ofDemo = (value: { readonly eventId: string }): boolean => demo.has(value.eventId);
  for await (const { value } of store.scan(reservationTable)) {
    if (ofDemo(value)) {
      subjects.add(value.id);
    }
  }
  for await (const { value } of store.scan(paymentTable)) {
    if (ofDemo(value)) {
      subjects.add(value.intentId);
    }
  }
  // Answers to keys do not say what they are about, and none may speak of what is gone.
  await removeFrom(idempotencyTable, () => true);
  await removeFrom(spentTokenTable, () => true);
  // What is found by its event goes last, so that a reset that was cut off can be done again.
  await removeFrom(timerTable, ({ subject }) => subjects.has(subject) || demo.has(subject));
  await removeFrom(currentIntentTable, (_, key) => subjects.has(key));
  await removeFrom(outboxTable, ({ event }) => demo.has(event.eventId));
  await removeFrom(placeTable, ofDemo);
  await removeFrom(lineTable, ofDemo);
  await removeFrom(seatTable, ofDemo);
  await removeFrom(areaTable, ofDemo);
  await removeFrom(holdTable, ofDemo);
  await removeFrom(buyerTable, (_, key) => demo.has(key.slice(0, key.indexOf('/'))));
  await removeFrom(paymentTable, ofDemo);
  await removeFrom(reservationTable, ofDemo);
  await removeFrom(eventTable, (_, key) => demo.has(key));
  await removeFrom(eventPartTable, ofDemo);
  return removed;
}
