import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { longestSleep, wakeUp } from './index.ts';

const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A wake-up by a clock that can be put forward and back, and when it rang: milliseconds since the start. */
function alarm(times: { readonly shortestMs: number; readonly longestMs?: number }) {
  const startedAt = performance.now();
  let jumped = 0;
  const rang: number[] = [];
  const clock = () => Date.now() + jumped;
  return {
    rang,
    clock,
    jump: (milliseconds: number) => {
      jumped += milliseconds;
    },
    ...wakeUp({ clock, ...times, ring: () => void rang.push(performance.now() - startedAt) }),
  };
}

test('rings once at its time', async () => {
  const { by, rang, clock } = alarm({ shortestMs: 20, longestMs: HOUR });
  by(clock() + 500);
  await vi.advanceTimersByTimeAsync(499);
  expect(rang).toEqual([]);
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(rang).toEqual([500]);
});

test('the earliest of several times counts, whichever was named first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ after: fc.nat(300), in: fc.integer({ min: -100, max: 2_000 }) }), {
        minLength: 1,
      }),
      async (asked) => {
        const { by, rang, clock, off } = alarm({ shortestMs: 20, longestMs: HOUR });
        const startedAt = clock();
        let firstAt = 0;
        let wanted = Number.POSITIVE_INFINITY;
        for (const { after, in: milliseconds } of asked) {
          await vi.advanceTimersByTimeAsync(after);
          if (rang.length > 0) {
            break;
          }
          const now = clock() - startedAt;
          firstAt = wanted === Number.POSITIVE_INFINITY ? now : firstAt;
          wanted = Math.min(wanted, now + Math.max(milliseconds, firstAt + 20 - now, 1));
          by(startedAt + now + milliseconds);
        }
        await vi.advanceTimersByTimeAsync(HOUR);
        expect(rang).toEqual([wanted]);
        off();
      },
    ),
  );
});

test('a clock that is put forward is noticed after the longest sleep, one that is put back as well', async () => {
  const forward = alarm({ shortestMs: 1, longestMs: 1_000 });
  forward.by(forward.clock() + HOUR);
  forward.jump(2 * HOUR);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(forward.rang).toEqual([1_000]);

  const back = alarm({ shortestMs: 1, longestMs: 1_000 });
  back.by(back.clock() + 100);
  back.jump(-HOUR);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(back.rang).toEqual([1_000]);
});

test('a clock that is not the system’s is looked at often: it may stand still, and jump', async () => {
  expect(longestSleep(Date.now)).toBe(1_000);
  const { by, rang, jump, clock } = alarm({ shortestMs: 1 });
  by(clock() + HOUR);
  jump(HOUR);
  await vi.advanceTimersByTimeAsync(25);
  expect(rang).toEqual([20]);
});

test('does not ring when it was taken back, and may be set again', async () => {
  const { by, off, rang, clock } = alarm({ shortestMs: 10, longestMs: HOUR });
  by(clock() + 100);
  off();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(rang).toEqual([]);
  by(clock() + 50);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(rang).toEqual([1_050]);
});

test('rings outside of the call in which it was set', async () => {
  const call = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { by } = wakeUp({ clock: Date.now, shortestMs: 1, ring: () => void seen.push(call.getStore()) });
  call.run('somebody’s', () => by(Date.now() + 5));
  await vi.advanceTimersByTimeAsync(10);
  expect(seen).toEqual([undefined]);
});
