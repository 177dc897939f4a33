import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buyerKey, drawOrder, type LineRules, waitingLine } from './index.ts';

const times = { waitingTtlMs: 120_000, readyTtlMs: 60_000 };
const closed: LineRules = { ratePerMinute: 60_000, maxActive: 100_000, paused: true };
const draw = { seed: '5e'.repeat(32), eventId: 'e' };

type Line = ReturnType<typeof waitingLine>;

function positionOf(line: Line, sequence: number, now: number): number | string {
  const place = line.placeAt(sequence, now);
  return place.state === 'WAITING' ? place.position : place.state;
}

test('whoever came early stands by the draw, whoever came later behind them, and nobody is held up by who left', () => {
  const leaving = fc.record({ when: fc.constantFrom('before', 'after'), pick: fc.nat() });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(20),
      fc.array(leaving, { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 40 }),
      (early, late, leavings, admissions) => {
        const now = 1_000_000;
        const line = waitingLine(times, now);
        line.rule(closed, now);
        const join = (how: 'join' | 'joinEarly'): number => {
          const sequence = line[how]({ nonce: 1 }, now);
          line.confirm(sequence);
          return sequence;
        };
        const comers = Array.from({ length: early }, () => join('joinEarly'));
        expect(comers).toEqual(comers.map((_, at) => at + 1));
        const gone = new Set<number>();
        const leave = (when: string): void => {
          for (const { pick } of leavings.filter((each) => each.when === when)) {
            const sequence = (pick % line.last()) + 1;
            line.leave(sequence, now);
            gone.add(sequence);
          }
        };
        leave('before');
        for (const sequence of comers) {
          expect(positionOf(line, sequence, now)).toBe(gone.has(sequence) ? 'LEFT' : 0);
        }
        // The first ones after the opening come before the draw is through.
        const followers = Array.from({ length: late }, () => join('join'));
        expect(line.undrawn()).toBe(comers.filter((sequence) => !gone.has(sequence)).length);
        followers.forEach((sequence, at) => {
          expect(positionOf(line, sequence, now)).toBe(line.undrawn() + at + 1);
        });
        line.rule({ ...closed, paused: false }, now);
        if (line.undrawn() > 0) {
          expect(line.plan(now), 'nobody overtakes the draw').toBeUndefined();
        }
        line.rule(closed, now);

        const order = drawOrder({ ...draw, places: early });
        line.draw(order);
        followers.push(join('join'));
        leave('after');
        const wanted = [...order, ...followers].filter((sequence) => !gone.has(sequence));
        const check = (): void => {
          wanted.forEach((sequence, at) => {
            expect(positionOf(line, sequence, now)).toBe(at + 1);
          });
        };
        check();
        line.rule({ ...closed, paused: false }, now);
        for (const most of admissions) {
          const plan = line.plan(now);
          if (plan === undefined) {
            break;
          }
          const through = line.turnOf(wanted[Math.min(most, plan.count) - 1] as number);
          line.admit(through, now);
          for (const sequence of wanted.splice(0, Math.min(most, plan.count))) {
            expect(positionOf(line, sequence, now)).toBe('READY');
          }
          check();
        }
      },
    ),
  );
});

test('a place that is not written down yet when the draw is made is not passed, and not admitted', () => {
  const line = waitingLine(times, 0);
  line.rule(closed, 0);
  const places = Array.from({ length: 8 }, (_, at) => line.joinEarly({ nonce: at }, 0));
  const order = [...drawOrder({ ...draw, places: 8 })];
  // Of two that are pending the one with the higher number comes first, so numbers do not tell.
  const at = order.findIndex((each, turn) => turn > 0 && order.slice(turn + 1).some((next) => next < each));
  const pending = order[at] as number;
  const later = order.slice(at + 1).find((each) => each < pending) as number;
  for (const sequence of places.filter((each) => each !== pending && each !== later)) {
    line.confirm(sequence);
  }
  line.draw(Uint32Array.from(order));
  line.rule({ ...closed, paused: false }, 0);
  expect(line.plan(0)).toEqual({ through: at, count: at });
  line.abandon(pending, 0);
  expect(line.plan(0)?.count).toBe(order.indexOf(later) - 1);
  line.confirm(later);
  expect(line.plan(0)?.count).toBe(7);
});

test('early places are kept by asking, lapse without, and are told when it is worth asking again', () => {
  const line = waitingLine(times, 0);
  line.rule({ ...closed, drawAt: 400_000 }, 0);
  const [kept, lost] = [line.joinEarly({ nonce: 1 }, 0), line.joinEarly({ nonce: 2 }, 0)];
  line.confirm(kept);
  line.confirm(lost);
  expect(line.placeAt(kept, 0)).toMatchObject({ position: 0, etaSeconds: -1, nextPollMs: 20_000 });
  line.touch(kept, 100_000);
  expect(positionOf(line, kept, 121_000)).toBe(0);
  expect(positionOf(line, lost, 121_000)).toBe('EXPIRED');
  line.touch(kept, 200_000);
  line.touch(kept, 300_000);
  expect(line.placeAt(kept, 399_000)).toMatchObject({ nextPollMs: 1_000 });
  line.draw(drawOrder({ ...draw, places: 2 }));
  expect(positionOf(line, kept, 400_000)).toBe(1);
});

test('after a restart the drawn are where they were, and the undrawn wait for their draw', () => {
  const order = drawOrder({ ...draw, places: 6 });
  const [first, second, ...others] = order;
  const after = waitingLine(times, 0);
  after.draw(order);
  for (const sequence of [1, 2, 3, 4, 5, 6, 7]) {
    const admission = sequence === first ? { admission: { since: 0 } } : {};
    after.restore({ sequence, nonce: 1, joinedAt: 0, buyer: buyerKey(`b${sequence}`), ...admission }, 0);
  }
  after.resume(1, 1);
  expect(positionOf(after, first as number, 0)).toBe('READY');
  expect([second, ...others, 7].map((sequence) => positionOf(after, sequence as number, 0))).toEqual([
    1, 2, 3, 4, 5, 6,
  ]);

  const before = waitingLine(times, 0);
  for (const sequence of [1, 2, 4]) {
    before.restore({ sequence, nonce: 1, joinedAt: 0, early: true }, 0);
  }
  before.resume(0, 0);
  expect(before.undrawn()).toBe(3);
  expect(before.joinEarly({ nonce: 1 }, 0)).toBe(5);
  before.draw(drawOrder({ ...draw, places: 5 }));
  const still = [...drawOrder({ ...draw, places: 5 })].filter((sequence) => sequence !== 3);
  expect(still.map((sequence) => positionOf(before, sequence, 0))).toEqual([1, 2, 3, 4]);
});
