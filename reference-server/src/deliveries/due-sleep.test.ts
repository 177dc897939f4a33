import { setTimeout as realPause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dueSleep } from './due-sleep.ts';

const SHORTEST_MS = 20;
const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A table of times, and a loop that takes from it what is due; a look at it takes its time and may be out of date. */
function loop(looks: { readonly takesMs: number; readonly sees: 'begin' | 'end' }) {
  const stopping = new AbortController();
  const { looking, announce, sleep } = dueSleep({
    clock: Date.now,
    shortestMs: SHORTEST_MS,
    // Nothing is found by chance.
    longestMs: HOUR,
    stopping: stopping.signal,
  });
  const table = new Map<string, number>();
  const taken: { readonly key: string; readonly dueAt: number; readonly at: number }[] = [];
  let count = 0;

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      looking();
      count++;
      let seen = [...table];
      const now = Date.now();
      await new Promise((resolve) => setTimeout(resolve, looks.takesMs));
      if (looks.sees === 'end') {
        seen = [...table];
      }
      for (const [key, dueAt] of seen) {
        if (dueAt <= now && table.get(key) === dueAt) {
          table.delete(key);
          taken.push({ key, dueAt, at: Date.now() });
        }
      }
      const later = seen.map(([, dueAt]) => dueAt).filter((dueAt) => dueAt > now);
      await sleep(later.length === 0 ? undefined : Math.min(...later));
    }
  };
  const running = run();
  return {
    table,
    taken,
    looks: () => count,
    put(key: string, dueAt: number) {
      table.set(key, dueAt);
      announce(dueAt);
    },
    async stop() {
      stopping.abort();
      await vi.advanceTimersByTimeAsync(looks.takesMs);
      await running;
    },
  };
}

test('whatever is written, moved or removed whenever: what is due is taken in time, and nobody looks in vain', async () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const steps = fc.array(
    fc.record({
      after: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(1_000)),
      key,
      change: fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({ dueIn: fc.oneof(fc.integer({ min: -20, max: 60 }), fc.nat(900)) }),
        },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
    }),
    { maxLength: 20 },
  );
  const looks = fc.record({ takesMs: fc.nat(40), sees: fc.constantFrom('begin' as const, 'end' as const) });
  await fc.assert(
    fc.asyncProperty(looks, steps, async (how, changes) => {
      const { table, taken, put, stop, looks: count } = loop(how);
      /** What is to be taken, and by when: after one look that missed it and one that did not. */
      const wanted = new Map<string, { dueAt: number; by: number }>();
      let written = 0;
      for (const { after, key, change } of changes) {
        await vi.advanceTimersByTimeAsync(after);
        for (const { key: gone, dueAt } of taken) {
          if (wanted.get(gone)?.dueAt === dueAt) {
            wanted.delete(gone);
          }
        }
        const now = Date.now();
        for (const [late, { by }] of wanted) {
          expect(by, `${late} is late`).toBeGreaterThanOrEqual(now);
        }
        if (change === undefined) {
          table.delete(key);
          wanted.delete(key);
        } else {
          const dueAt = now + change.dueIn;
          put(key, dueAt);
          written++;
          wanted.set(key, { dueAt, by: Math.max(now, dueAt) + SHORTEST_MS + 2 * how.takesMs + 2 });
        }
      }
      await vi.advanceTimersByTimeAsync(2_000);
      expect([...table.keys()], 'nothing is left').toEqual([]);
      for (const [late, { dueAt, by }] of wanted) {
        const at = taken.find((one) => one.key === late && one.dueAt === dueAt)?.at;
        expect(at, `${late} is late`).toBeLessThanOrEqual(by);
      }
      // Each time that is written may wake it twice: now, because a look that was under way may have missed it, and then.
      expect(count()).toBeLessThanOrEqual(1 + 2 * written);
      await stop();
    }),
    { numRuns: 300 },
  );
});

test('without anything to wait for it sleeps, for the longest time', async () => {
  const { looks, stop } = loop({ takesMs: 0, sees: 'begin' });
  await vi.advanceTimersByTimeAsync(HOUR - 1_000);
  expect(looks()).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(looks()).toBe(2);
  await stop();
});

test('whoever is stopped does not sleep on, nor again', async () => {
  vi.useRealTimers();
  const stopping = new AbortController();
  const { sleep, announce } = dueSleep({
    clock: Date.now,
    shortestMs: HOUR,
    longestMs: HOUR,
    stopping: stopping.signal,
  });
  const asleep = sleep(undefined);
  announce(Date.now());
  expect(await Promise.race([asleep.then(() => 'awake'), realPause(20, 'asleep')])).toBe('asleep');
  stopping.abort();
  await asleep;
  await sleep(undefined);
});
