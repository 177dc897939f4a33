import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admissionRate } from './admission-rate.ts';
import { nextPollMs } from './next-poll.ts';
import { pace } from './pace.ts';
import { MIN_MEMORY_SECONDS } from './rate-meter.ts';

const jitter = fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 30, maxLength: 30 });
const perMinute = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 1_000_000 }));

/** Admits whenever it can, at ticks that come late, and says how many at what time. */
function admissionsOf(rate: number, ticks: readonly number[], minutes: number, idleMs = 0) {
  const limit = admissionRate(rate, 0);
  const log: { at: number; count: number }[] = [];
  for (let at = idleMs, tick = 0; at < idleMs + minutes * 60_000; tick++) {
    const count = limit.available(at);
    limit.take(count);
    log.push({ at, count });
    at += ticks[tick % ticks.length] as number;
  }
  return log;
}

test('the rate is kept within 5 % in every minute, and never exceeded by more than one burst', () => {
  fc.assert(
    fc.property(perMinute, jitter, fc.nat(300_000), (rate, ticks, idleMs) => {
      const log = admissionsOf(rate, ticks, 4, idleMs);
      for (let from = 0; from < log.length; from += 97) {
        const start = log[from]?.at as number;
        const minute = log.filter(({ at }) => at >= start && at < start + 60_000);
        const count = minute.reduce((sum, each) => sum + each.count, 0);
        expect(count).toBeLessThanOrEqual(Math.ceil(rate * 1.05));
        if (start + 60_000 <= (log.at(-1)?.at as number)) {
          expect(count).toBeGreaterThanOrEqual(Math.floor(rate * 0.99) - 1);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('ticks that come late cost nothing', () => {
  for (const tick of [99, 101, 150]) {
    const count = admissionsOf(60, [tick], 10).reduce((sum, each) => sum + each.count, 0);
    expect([600, 601]).toContain(count);
  }
});

test('an idle line lets in no more at once than a second is worth, with the slack of a late tick', () => {
  fc.assert(
    fc.property(perMinute, fc.integer({ min: 0, max: 10_000_000 }), (rate, idleMs) => {
      const burst = admissionRate(rate, 0).available(idleMs);
      expect(burst).toBeGreaterThanOrEqual(1);
      expect(burst).toBeLessThanOrEqual(Math.max(1, (rate / 60) * 1.2) + 1e-6);
    }),
  );
});

test('a changed rate counts from then on; 0 lets in nobody', () => {
  const limit = admissionRate(600, 0);
  limit.take(limit.available(0));
  limit.change(0, 50);
  expect(limit.available(100_000)).toBe(0);
  limit.change(60, 100_000);
  expect(limit.available(100_400), 'half a buyer was earned before, none while the rate was 0').toBe(0);
  expect(limit.available(100_500)).toBe(1);
});

test('the rate changed up and down never lets in more than was allowed at each time, and one burst', () => {
  const change = fc.record({
    rate: fc.integer({ min: 0, max: 60_000 }),
    ms: fc.integer({ min: 1, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), (changes) => {
      const limit = admissionRate(0, 0);
      let allowed = Math.max(1, ...changes.map(({ rate }) => (rate / 60) * 1.2));
      let now = 0;
      let taken = 0;
      for (const { rate, ms } of changes) {
        limit.change(rate, now);
        for (const end = now + ms; now < end; now += Math.min(100, end - now)) {
          const count = limit.available(now);
          limit.take(count);
          taken += count;
        }
        allowed += (rate * ms) / 60_000;
        expect(taken).toBeLessThanOrEqual(allowed + 1e-6);
      }
    }),
  );
});

test('what is told about the wait never leaps up, whatever happens', () => {
  const event = fc.record({ ms: fc.integer({ min: 1, max: 4_000 }), admitted: fc.nat(30) });
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 60_000 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.array(event, { minLength: 1, maxLength: 200 }),
      (ratePerMinute, maxActive, events) => {
        const line = pace(0);
        line.rule({ ratePerMinute, maxActive, paused: false }, 0);
        let now = 0;
        let position = 100_000;
        for (const { ms, admitted } of events) {
          const before = line.etaSeconds(position);
          now += ms;
          line.pass(now, position);
          for (let each = 0; each < admitted; each++) {
            line.admitted(60_000);
          }
          position -= admitted;
          const after = line.etaSeconds(position);
          if (before > 0 && after > 0) {
            const growth = Math.exp(ms / (MIN_MEMORY_SECONDS * 1000));
            expect(after).toBeLessThanOrEqual(before * growth + 1);
          }
        }
      },
    ),
  );
});

test('in a steady line the wait counts down with the clock', () => {
  for (const ratePerMinute of [6, 60, 600, 60_000]) {
    const line = pace(0);
    line.rule({ ratePerMinute, maxActive: 1_000_000, paused: false }, 0);
    const limit = admissionRate(ratePerMinute, 0);
    limit.take(limit.available(0));
    let position = ratePerMinute * 3;
    let lowest = line.etaSeconds(position);
    expect(lowest).toBe(180);
    for (let now = 100; position > 0; now += 100) {
      line.pass(now, position);
      for (let count = limit.available(now); count > 0 && position > 0; count--) {
        limit.take(1);
        line.admitted(now);
        position--;
      }
      const eta = line.etaSeconds(position);
      const truth = 180 - now / 1000;
      expect(Math.abs(eta - truth)).toBeLessThanOrEqual(1 + 60 / ratePerMinute + truth * 0.06);
      expect(eta).toBeLessThanOrEqual(1 + lowest * 1.06);
      lowest = Math.min(lowest, eta);
    }
  }
});

test('where the cap is what holds the line up, the wait follows what is measured', () => {
  const line = pace(0);
  line.rule({ ratePerMinute: 60_000, maxActive: 50, paused: false }, 0);
  // 50 buyers who stay for 20 s each: 2.5 a second.
  for (let now = 400; now <= 120_000; now += 400) {
    line.pass(now, 10_000);
    line.admitted(now);
  }
  expect(line.etaSeconds(1_000)).toBeGreaterThan(360);
  expect(line.etaSeconds(1_000)).toBeLessThan(440);
});

test('nobody is promised more than the limit allows, however fast the line seemed', () => {
  const line = pace(0);
  line.rule({ ratePerMinute: 60, maxActive: 1_000, paused: false }, 0);
  for (let each = 0; each < 500; each++) {
    line.admitted(10);
  }
  expect(line.etaSeconds(100)).toBe(100);
});

test('a paused line, one without rate and one that hardly moves tell no time', () => {
  const line = pace(0);
  expect(line.etaSeconds(1)).toBe(-1);
  const rules = { ratePerMinute: 600, maxActive: 100, paused: false };
  line.rule(rules, 0);
  expect(line.etaSeconds(10)).toBeGreaterThan(0);
  line.rule({ ...rules, paused: true }, 0);
  expect(line.etaSeconds(10)).toBe(-1);
  expect(line.room(0, 0)).toBe(0);
  line.pass(3_600_000, 10);
  line.rule(rules, 3_600_000);
  expect(line.etaSeconds(10), 'a pause says nothing about the rate').toBeGreaterThan(0);
  line.pass(4_200_000, 10);
  expect(line.etaSeconds(10)).toBe(-1);
  line.rule({ ...rules, ratePerMinute: 0 }, 4_200_000);
  expect(line.etaSeconds(10)).toBe(-1);
});

test('the nearer the turn, the sooner to ask again, and always well before a place lapses', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.integer({ min: 8_000, max: 600_000 }), (a, b, ttl) => {
      const [near, far] = [Math.min(a, b), Math.max(a, b)];
      expect(nextPollMs(near, ttl)).toBeLessThanOrEqual(nextPollMs(far, ttl));
      expect(nextPollMs(near, ttl)).toBeGreaterThanOrEqual(1_000);
      expect(nextPollMs(far, ttl)).toBeLessThanOrEqual(Math.min(30_000, ttl / 4));
    }),
  );
  expect([0, 1, 100, 900].map((distance) => nextPollMs(distance, 120_000))).toEqual([
    1_000, 1_000, 10_000, 30_000,
  ]);
});
