import fc from 'fast-check';
import { expect, test } from 'vitest';
import { begun, brokenOff, type Delivery, ended, replayed } from './delivery.ts';
import { MAX_PAUSE_MS, pauseAfter } from './retry-schedule.ts';

const schedule = { firstPauseMs: 5_000 };
const waiting: Delivery = {
  id: 'msg_1',
  url: 'https://example.com/',
  destination: 'https://example.com',
  name: 'payment.approved',
  content: '{}',
  createdAt: 0,
  state: 'WAITING',
  attempts: 0,
  maxAttempts: 4,
  dueAt: 0,
};
const failure = { kind: 'failed', reason: 'status 500' } as const;

test('pauses grow threefold up to six hours; chance takes away at most half', () => {
  expect([1, 2, 3, 4].map((failed) => pauseAfter(failed, schedule, 0))).toEqual([
    5_000, 15_000, 45_000, 135_000,
  ]);
  expect(pauseAfter(40, schedule, 0)).toBe(MAX_PAUSE_MS);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failed, random) => {
        const full = pauseAfter(failed, schedule, 0);
        const pause = pauseAfter(failed, schedule, random);
        expect(pause).toBeLessThanOrEqual(full);
        expect(pause).toBeGreaterThanOrEqual(full / 2);
      },
    ),
  );
});

test('a receiver gets the time it asks for, within the bound', () => {
  expect(pauseAfter(1, schedule, 0.5, 60_000)).toBe(60_000);
  expect(pauseAfter(1, schedule, 0, 1_000)).toBe(5_000);
  expect(pauseAfter(1, schedule, 0, 1e12)).toBe(MAX_PAUSE_MS);
});

test('a delivery that never succeeds is tried as often as it may be, then it is dead; replayed, it begins anew', () => {
  let now = 0;
  let delivery = waiting;
  let tries = 0;
  while (delivery.state === 'WAITING') {
    expect(delivery.dueAt).toBeGreaterThanOrEqual(now);
    now = delivery.dueAt;
    delivery = begun(delivery, now + 60_000);
    tries++;
    delivery = ended(delivery, failure, now, schedule, 0);
  }
  expect(tries).toBe(4);
  expect(delivery).toMatchObject({ state: 'DEAD', attempts: 4, endedAt: now, lastFailure: 'status 500' });
  const again = replayed(delivery, now + 1);
  expect(again).toMatchObject({ state: 'WAITING', attempts: 0, dueAt: now + 1, id: 'msg_1' });
  expect(again.endedAt).toBeUndefined();
  expect(ended(begun(again, 0), { kind: 'delivered' }, 7, schedule, 0)).toMatchObject({
    state: 'DELIVERED',
    endedAt: 7,
  });
});

test('a receiver that is gone is not asked again, and a try that was broken off does not count', () => {
  expect(ended(begun(waiting, 0), { ...failure, isFinal: true }, 1, schedule, 0).state).toBe('DEAD');
  expect(brokenOff(begun(waiting, 60_000), 5)).toEqual({ ...waiting, dueAt: 5 });
});
