import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { alarms } from './alarms.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('each alarm rings once, within 10 ms of its time, unless it is taken back; those that are close ring together', async () => {
  const asked = fc.array(
    fc.record({ after: fc.nat(50), in: fc.integer({ min: -50, max: 3_000 }), isTakenBack: fc.boolean() }),
    { minLength: 1, maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(asked, async (steps) => {
      const { at } = alarms(Date.now);
      const rang: { readonly wanted: number; readonly at: number }[] = [];
      let expected = 0;
      for (const { after, in: milliseconds, isTakenBack } of steps) {
        await vi.advanceTimersByTimeAsync(after);
        const time = Date.now() + milliseconds;
        const wanted = Math.max(time, Date.now());
        const takeBack = at(time, () => rang.push({ wanted, at: Date.now() }));
        if (isTakenBack) {
          takeBack();
        } else {
          expected++;
        }
      }
      await vi.advanceTimersByTimeAsync(10_000);
      expect(rang).toHaveLength(expected);
      for (const { wanted, at: rangAt } of rang) {
        expect(rangAt).toBeGreaterThanOrEqual(wanted);
        expect(rangAt - wanted).toBeLessThanOrEqual(11);
      }
      const times = [...new Set(rang.map(({ at: rangAt }) => rangAt))].sort((a, b) => a - b);
      expect(times.every((time, index) => index === 0 || time - (times[index - 1] ?? 0) >= 10)).toBe(true);
      expect(vi.getTimerCount(), 'nobody waits any more').toBe(0);
    }),
  );
});

test('an alarm of a clock that stands still rings when the clock is put forward', async () => {
  let now = 1_000;
  const { at } = alarms(() => now);
  const ring = vi.fn();
  at(60_000, ring);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(ring).not.toHaveBeenCalled();
  now = 60_000;
  await vi.advanceTimersByTimeAsync(30);
  expect(ring).toHaveBeenCalledOnce();
});

test('an alarm that throws keeps no other from ringing', () => {
  const { at } = alarms(Date.now);
  const rang: string[] = [];
  at(Date.now() + 50, () => {
    throw new Error('broken');
  });
  at(Date.now() + 50, () => rang.push('at the same time'));
  at(Date.now() + 500, () => rang.push('later'));
  expect(() => vi.advanceTimersByTime(60)).toThrow('broken');
  vi.advanceTimersByTime(600);
  expect(rang).toEqual(['at the same time', 'later']);
});
