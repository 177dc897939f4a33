import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines, type Expiring, TICK_MS } from './deadlines.ts';

/** Longer than the wheel. */
const LONG_MS = 20_000;

interface Entry extends Expiring {
  expiredAt: number | undefined;
}

/** A wheel that turns by hand. */
function wheel() {
  let now = 1000;
  const deadlines = new Deadlines(() => now);
  return {
    deadlines,
    now: () => now,
    entry: (): Entry => {
      const one: Entry = {
        expiredAt: undefined,
        nextExpiring: undefined,
        previousExpiring: undefined,
        expiresAt: 0,
        slot: -1,
        expire: () => {
          expect(one.expiredAt, 'expires once').toBeUndefined();
          one.expiredAt = now;
        },
      };
      return one;
    },
    advance: (milliseconds: number) => {
      now += milliseconds;
      deadlines.turn();
    },
  };
}

const step = fc.oneof(
  fc.record({ add: fc.integer({ min: 0, max: LONG_MS }) }),
  fc.record({ remove: fc.nat() }),
  fc.record({ advance: fc.integer({ min: 1, max: LONG_MS }) }),
);

test('every deadline is noticed once, never early, at the first turn after it; what is taken out never is', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const { deadlines, now, entry, advance } = wheel();
      const due = new Map<Entry, number>();
      const removed = new Set<Entry>();
      for (const step of steps) {
        if ('add' in step) {
          const one = entry();
          deadlines.add(one, step.add);
          due.set(one, now() + step.add);
        } else if ('remove' in step) {
          const one = [...due.keys()][step.remove % Math.max(1, due.size)];
          if (one !== undefined && one.expiredAt === undefined) {
            deadlines.remove(one);
            removed.add(one);
          }
        } else {
          advance(step.advance);
          for (const [one, at] of due) {
            if (removed.has(one)) {
              expect(one.expiredAt).toBeUndefined();
            } else if (at + TICK_MS <= now()) {
              expect(one.expiredAt).toBeGreaterThanOrEqual(at);
            } else if (at > now()) {
              expect(one.expiredAt).toBeUndefined();
            }
          }
        }
      }
      for (const one of due.keys()) {
        deadlines.remove(one);
      }
    }),
  );
});

test('an entry that takes out others while it expires leaves the rest alone', () => {
  const { deadlines, entry, advance } = wheel();
  const [first, second, third] = [entry(), entry(), entry()];
  for (const one of [first, second, third]) {
    deadlines.add(one, 10);
  }
  for (const one of [first, third]) {
    const { expire } = one;
    one.expire = () => {
      expire();
      deadlines.remove(second);
    };
  }
  advance(20);
  expect([first, second, third].map(({ expiredAt }) => expiredAt !== undefined)).toEqual([true, false, true]);
});

test('time is up without anybody asking', async () => {
  const deadlines = new Deadlines();
  const startedAt = performance.now();
  const endedAt = await new Promise<number>((resolve) =>
    deadlines.add({ ...wheel().entry(), expire: () => resolve(performance.now()) }, 30),
  );
  expect(endedAt - startedAt).toBeGreaterThanOrEqual(30);
});
