import { beforeAll } from 'vitest';
import type { SettingsInput } from '../config/index.ts';
import { openStore } from '../open-store.ts';
import type { Store } from '../store/index.ts';
import { type AdjustableClock, adjustableClock } from './clock.ts';
import { type EventInit, putOnSale, saleOf } from './sale.ts';
import { type CleanUp, type Served, serveOn } from './serve.ts';

/** A sale of one test, on a server and with a clock that it shares with the other tests of the file. */
export interface Sale extends Served {
  readonly clock: AdjustableClock;
  readonly store: Store;
}

/**
 * One server for all tests of a file, because starting it takes longer than most of them. Each test has an event
 * of its own, with rows A and B of ten seats each unless it says otherwise.
 *
 * @returns a function that puts the test's event on sale.
 */
export function sharedSale(
  settings: SettingsInput = {},
): (event?: EventInit | ((now: number) => EventInit)) => Promise<Sale> {
  const clock = adjustableClock();
  const running = beforeAllTests(async (cleanUp) => {
    const store = await openStore({ memory: true, data: '' }, clock.now);
    cleanUp(() => store.close());
    const served = await serveOn({ store, clock: clock.now, worker: true, settings, cleanUp });
    return { ...served, clock, store };
  });
  let sales = 0;
  return async (event = {}) => {
    const eventId = `show-${++sales}`;
    const now = clock.now();
    const wanted = typeof event === 'function' ? event(now) : event;
    await putOnSale(running(), saleOf({ now, event: { ...wanted, id: eventId } }));
    return { ...running(), eventId };
  };
}

/** Milliseconds for all that a file starts, on a slow machine. */
const START_MS = 120_000;

/** What is made before the first test of a file, and cleaned up, last things first, after the last one. */
export function beforeAllTests<T>(make: (cleanUp: CleanUp) => Promise<T>): () => T {
  let made: { readonly value: T } | undefined;
  beforeAll(async () => {
    const closers: Parameters<CleanUp>[0][] = [];
    made = { value: await make((close) => void closers.push(close)) };
    return async () => {
      for (const close of closers.reverse()) {
        await close();
      }
    };
  }, START_MS);
  return () => {
    if (made === undefined) {
      throw new Error('it is there when the tests run, not before');
    }
    return made.value;
  };
}
