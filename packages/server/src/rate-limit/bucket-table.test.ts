import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBucketTable } from './bucket-table.ts';
import { type Rate, rateOf } from './gcra.ts';

function rate(requestsPerSecond: number, burst: number): Rate {
  const found = rateOf('test', { requestsPerSecond, burst });
  if (found === undefined) {
    throw new Error('expected a limit');
  }
  return found;
}

/** Takes until refused; how often that was. */
function takeAll(table: ReturnType<typeof createBucketTable>, key: string, limit: Rate, now: number): number {
  const space = table.space();
  let taken = 0;
  while (taken < 1000 && table.take(space, key, limit, now) === 0) {
    taken++;
  }
  return taken;
}

test('lets a burst through, then the rate', () => {
  const table = createBucketTable(10);
  const space = table.space();
  const limit = rate(50, 100);

  expect(takeAll(table, 'ann', limit, 1000)).toBe(100);
  for (let call = 0; call < 100; call++) {
    expect(table.take(space, 'bob', limit, 0)).toBe(0);
  }
  expect(table.take(space, 'bob', limit, 0)).toBeCloseTo(20);
  expect(table.take(space, 'bob', limit, 19)).toBeCloseTo(1);
  expect(table.take(space, 'bob', limit, 20)).toBe(0);
  expect(table.take(space, 'bob', limit, 20)).toBeGreaterThan(0);
  // After two seconds without a call the burst is whole again, and no more than whole.
  for (let call = 0; call < 100; call++) {
    expect(table.take(space, 'bob', limit, 60_000)).toBe(0);
  }
  expect(table.take(space, 'bob', limit, 60_000)).toBeGreaterThan(0);
});

test('waiting as long as told is enough, and not a millisecond too long', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 50 }),
      fc.nat(1e6),
      (rps, burst, at) => {
        const table = createBucketTable(10);
        const space = table.space();
        const limit = rate(rps, burst);
        let wait = 0;
        for (let call = 0; wait === 0; call++) {
          expect(call).toBeLessThanOrEqual(burst);
          wait = table.take(space, 'a', limit, at);
        }
        expect(table.wait(space, 'a', limit, at + wait * 0.99)).toBeGreaterThan(0);
        expect(table.take(space, 'a', limit, at + wait + 0.001)).toBe(0);
      },
    ),
  );
});

test('over any stretch of time no more than burst + rate × time is let through', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 100, maxLength: 200 });
  let refused = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 100 }),
      fc.integer({ min: 1, max: 20 }),
      gaps,
      (rps, burst, waits) => {
        const table = createBucketTable(10);
        const space = table.space();
        const limit = rate(rps, burst);
        const taken: number[] = [];
        let now = 0;
        for (const gap of waits) {
          now += gap;
          if (table.take(space, 'a', limit, now) === 0) {
            taken.push(now);
          } else {
            refused++;
          }
        }
        // By how many calls the fullest stretch is over what it may hold.
        const excess = taken.flatMap((from, first) =>
          taken.slice(first).map((to, more) => more + 1 - burst - (rps * (to - from)) / 1000),
        );
        expect(Math.max(...excess)).toBeLessThanOrEqual(1e-6);
      },
    ),
    { numRuns: 30 },
  );
  expect(refused).toBeGreaterThan(100);
});

test('SECURITY 19: the table is bounded, however many callers there are', () => {
  const table = createBucketTable(1000);
  const space = table.space();
  const limit = rate(1, 10);
  for (let caller = 0; caller < 50_000; caller++) {
    expect(table.take(space, `caller-${caller}`, limit, caller * 0.01)).toBe(0);
  }
  expect(table.size(500)).toBe(1000);
});

test('an entry whose time has passed makes room, whoever else is counted', () => {
  const table = createBucketTable(8000);
  const space = table.space();
  const limit = rate(50, 1);
  for (let caller = 0; caller < 2000; caller++) {
    table.take(space, `caller-${caller}`, limit, 0);
  }
  expect(table.size(0)).toBeGreaterThan(1990);
  expect(table.size(20)).toBe(0);
  for (let caller = 0; caller < 2000; caller++) {
    table.take(space, `later-${caller}`, limit, 20);
  }
  expect(table.size(20)).toBeGreaterThan(1990);
});

test('a caller who has used up the burst stays, those who have hardly called leave', () => {
  const table = createBucketTable(100);
  const space = table.space();
  const limit = rate(1, 10);
  for (let call = 0; call < 10; call++) {
    table.take(space, 'greedy', limit, 0);
  }
  for (let caller = 0; caller < 10_000; caller++) {
    table.take(space, `flood-${caller}`, limit, 1);
  }
  expect(table.size(1)).toBeLessThanOrEqual(100);
  expect(table.take(space, 'greedy', limit, 1)).toBeGreaterThan(0);
});

test('the entry with the earliest time leaves, in any order of calls', () => {
  // Some call again and again, many now and then.
  const key = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 3, max: 30 }));
  const step = fc.record({ key, gap: fc.integer({ min: 0, max: 40 }) });
  let evictions = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), (steps) => {
      const limit = rate(5, 2);
      const table = createBucketTable(8);
      const space = table.space();
      /** What an unbounded table would hold: the arrival time of each caller. */
      const model = new Map<string, number>();
      let now = 0;
      for (const { key, gap } of steps) {
        now += gap;
        const name = `k${key}`;
        const known = model.get(name);
        const wait = table.take(space, name, limit, now);
        const time = Math.max(known ?? 0, now);
        if (known !== undefined && time - now > limit.toleranceMs) {
          expect(wait).toBeGreaterThan(0);
          continue;
        }
        expect(wait).toBe(0);
        if (known === undefined || known <= now) {
          model.delete(name);
        }
        // Those that have passed are no loss to either; beyond the bound the earliest goes.
        for (const [other, at] of model) {
          if (at <= now) {
            model.delete(other);
          }
        }
        if (!model.has(name) && model.size >= 8) {
          const earliest = [...model].reduce((least, entry) => (entry[1] < least[1] ? entry : least));
          const ties = [...model].filter(([, at]) => at === earliest[1]);
          fc.pre(ties.length === 1);
          model.delete(earliest[0]);
          evictions++;
        }
        model.set(name, time + limit.intervalMs);
        expect(table.size(now)).toBeLessThanOrEqual(8);
      }
      for (const [name, at] of model) {
        const expected = Math.max(0, Math.max(at, now) - now - limit.toleranceMs);
        expect(table.wait(space, name, limit, now)).toBeCloseTo(expected);
      }
    }),
  );
  expect(evictions).toBeGreaterThan(50);
});

test('keys of one space are not those of another', () => {
  const table = createBucketTable(10);
  const [users, services] = [table.space(), table.space()];
  const limit = rate(1, 1);

  expect(table.take(users, 'ann', limit, 0)).toBe(0);
  expect(table.take(services, 'ann', limit, 0)).toBe(0);
  expect(table.take(users, 'ann', limit, 0)).toBeGreaterThan(0);
});

test('SECURITY 19: who is counted in many ways has the limit of each, and pushes out none of them', () => {
  const table = createBucketTable(1000);
  const spaces = Array.from({ length: 20 }, () => table.space());
  const limit = rate(1, 3);
  let taken = 0;
  for (let round = 0; round < 20; round++) {
    for (const space of spaces) {
      taken += table.take(space, 'ann', limit, 0) === 0 ? 1 : 0;
    }
  }
  expect(taken).toBe(20 * 3);
});

test('keys are told apart whatever is in them, as far as it is Unicode', () => {
  const table = createBucketTable(1000);
  const space = table.space();
  const limit = rate(1, 1);
  const keys = ['', 'a', 'ä', '가', '\ud800', 'a\u0000', '__proto__', 'constructor'];
  for (const key of keys) {
    expect(table.take(space, key, limit, 0)).toBe(0);
  }
  for (const key of keys) {
    expect(table.take(space, key, limit, 0)).toBeGreaterThan(0);
  }
  expect(table.take(space, '\udc00', limit, 0)).toBeGreaterThan(0);
});

test('a rate of zero is none, and what is no rate is refused by name', () => {
  expect(rateOf('x', { requestsPerSecond: 0, burst: 5 })).toBeUndefined();
  expect(rateOf('x', { requestsPerSecond: 10, burst: 0 })?.toleranceMs).toBeLessThan(0.001);
  expect(() => rateOf('perAddress', { requestsPerSecond: -1, burst: 5 })).toThrow(
    'perAddress: requestsPerSecond is -1',
  );
  expect(() => rateOf('x', { requestsPerSecond: Number.NaN, burst: 5 })).toThrow('NaN');
});
