import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buyerKey, type LineRules, waitingLine } from './index.ts';
import { type NaiveLine, naiveLine } from './testdata/naive-line.ts';

const times = { waitingTtlMs: 120_000, readyTtlMs: 60_000 };
const open: LineRules = { ratePerMinute: 60_000, maxActive: 1_000, paused: false };
const keys = Array.from({ length: 6 }, (_, number) => buyerKey(`user-${number}`));

const pick = fc.nat(40);
const buyer = fc.nat(keys.length - 1);
const rules = fc.record({
  ratePerMinute: fc.constantFrom(0, 6, 60, 600, 6_000),
  maxActive: fc.constantFrom(0, 1, 3, 10, 1_000),
  paused: fc.constantFrom(false, false, false, true),
});
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('join' as const), buyer: fc.option(buyer), now: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), ok: fc.boolean(), pick }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.nat(3_000), fc.nat(130_000), fc.constant(-5_000)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('touch' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), pick }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('admit' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('give' as const), pick, undo: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bind' as const), pick, buyer }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      buyer,
      id: fc.nat(5),
      ms: fc.nat(90_000),
      ago: fc.constantFrom(0, 0, 50_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('finish' as const), id: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rule' as const), rules }) },
);

/** Plays a history on the line and on the naive one, comparing all there is to see after each step. */
function play(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): void {
  let now = 1_700_000_000_123;
  const line = waitingLine(times, now);
  const naive = naiveLine(times, now);
  for (const each of steps) {
    const person = 'pick' in each ? naive.people[each.pick % Math.max(1, naive.people.length)] : undefined;
    switch (each.do) {
      case 'pass':
        now += each.ms;
        line.advance(now);
        naive.advance(now);
        break;
      case 'rule':
        line.rule(each.rules, now);
        naive.rule(each.rules, now);
        break;
      case 'join': {
        const key = each.buyer === null ? undefined : keys[each.buyer];
        if (key === undefined || line.find(key, now) === undefined) {
          const nonce = naive.people.length + 7;
          const sequence = line.join({ nonce, buyer: key }, now);
          const ready = line.placeAt(sequence, now).state === 'READY';
          naive.join({ sequence, nonce, buyer: each.buyer ?? undefined, ready }, now);
          if (each.now) {
            line.confirm(sequence);
            naive.settle(sequence, true, now);
          }
        }
        break;
      }
      case 'settle':
        if (person?.provisional) {
          if (each.ok) {
            line.confirm(person.sequence);
          } else {
            line.abandon(person.sequence, now);
          }
          naive.settle(person.sequence, each.ok, now);
        }
        break;
      case 'touch':
        if (person !== undefined) {
          line.touch(person.sequence, now);
          naive.touch(person.sequence, now);
        }
        break;
      case 'leave':
        if (person !== undefined) {
          line.leave(person.sequence, now);
          naive.leave(person.sequence, now);
        }
        break;
      case 'admit': {
        const plan = line.plan(now);
        naive.expectPlan(plan, now);
        if (plan !== undefined) {
          line.admit(plan.through, now);
          naive.admit(plan.through, now);
        }
        break;
      }
      case 'give':
        if (person?.state === 'READY') {
          const token = { id: `token-${person.sequence}`, expiresAt: now + 30_000 };
          line.give(person.sequence, token, now);
          if (each.undo) {
            line.give(person.sequence, person.token, now);
          } else {
            naive.give(person.sequence, token);
          }
        }
        break;
      case 'bind': {
        const key = keys[each.buyer] as Uint32Array;
        const free = person !== undefined && person.buyer === undefined && naive.isLive(person);
        if (free && line.find(key, now) === undefined) {
          line.bind(person.sequence, key);
          person.buyer = each.buyer;
        }
        break;
      }
      case 'reserve': {
        const reservation = { id: `rsv-${each.id}`, expiresAt: now + each.ms };
        const found = line.reserve(keys[each.buyer] as Uint32Array, reservation, now - each.ago, now);
        expect(found).toBe(naive.reserve(each.buyer, reservation, now - each.ago, now));
        break;
      }
      case 'finish':
        line.finish(`rsv-${each.id}`, now);
        naive.finish(`rsv-${each.id}`);
        break;
    }
    compare(line, naive, now);
  }
}

function compare(line: ReturnType<typeof waitingLine>, naive: NaiveLine, now: number): void {
  naive.advance(now);
  const stats = line.stats(now);
  expect({ waiting: stats.waiting, active: stats.active, admitted: stats.admitted }).toEqual(naive.stats());
  for (const person of naive.people) {
    const expected = naive.placeOf(person);
    if (!line.knows(person.sequence, person.nonce)) {
      expect(['EXPIRED', 'LEFT']).toContain(expected.state);
      expect(naive.now() - (person.endedAt as number), 'forgotten too early').toBeGreaterThanOrEqual(119_000);
      continue;
    }
    expect(line.knows(person.sequence, person.nonce + 1)).toBe(false);
    expect(line.placeAt(person.sequence, now)).toMatchObject(expected);
  }
  keys.forEach((key, number) => {
    expect(line.find(key, now)).toBe(naive.find(number));
  });
}

test('under any history, everybody is exactly where a naive line has them', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 120, size: 'max' }), play), { numRuns: 150 });
});

/** A line with people in it who have all been written down. */
function lineOf(count: number, rules: LineRules, now = 0) {
  const line = waitingLine(times, now);
  const places = Array.from({ length: count }, (_, index) => line.join({ nonce: index + 1 }, now));
  for (const place of places) {
    line.confirm(place);
  }
  line.rule(rules, now);
  return { line, places };
}

function positionOf(line: ReturnType<typeof waitingLine>, sequence: number, now: number): number {
  const place = line.placeAt(sequence, now);
  return place.state === 'WAITING' ? place.position : 0;
}

test('an empty line with room admits at once; the next ones wait when there is none', () => {
  const line = waitingLine(times, 0);
  line.rule({ ...open, maxActive: 1 }, 0);
  const first = line.join({ nonce: 1 }, 0);
  const second = line.join({ nonce: 2 }, 0);
  expect(line.placeAt(first, 0)).toMatchObject({ state: 'READY', expiresAt: 60_000 });
  expect(line.placeAt(second, 0)).toMatchObject({ state: 'WAITING', position: 1 });
});

test('heads that were abandoned never hold the line up', () => {
  const { line, places } = lineOf(3_000, { ...open, paused: true });
  const last = places.at(-1) as number;
  for (let now = 0; now <= 130_000; now += 10_000) {
    line.touch(last, now);
  }
  expect(positionOf(line, last, 130_000)).toBe(1);
  line.rule(open, 130_000);
  expect(line.plan(130_000)?.through).toBe(last);
});

test('a place that is not written down yet is not passed, and not admitted', () => {
  const line = waitingLine(times, 0);
  const [first, second, third] = [1, 2, 3].map((nonce) => line.join({ nonce }, 0)) as [
    number,
    number,
    number,
  ];
  line.confirm(first);
  line.confirm(third);
  line.rule(open, 0);
  expect(line.plan(0)?.through).toBe(first);
  line.admit(first, 0);
  expect(line.plan(0)).toBeUndefined();
  line.abandon(second, 0);
  expect(line.plan(0)?.through).toBe(third);
});

test('a slot is free again when the token lapses unused, the buyer leaves, or the reservation is over', () => {
  const { line, places } = lineOf(5, { ...open, maxActive: 1 });
  const [a, b, c, d, e] = places as [number, number, number, number, number];
  const key = keys[0] as Uint32Array;
  const admitNext = (now: number) => line.admit(line.plan(now)?.through ?? 0, now);
  const keepAlive = (now: number) => {
    for (const place of places) {
      line.touch(place, now);
    }
  };

  admitNext(0);
  line.give(a, { id: 'token-a', expiresAt: 80_000 }, 50_000);
  keepAlive(79_999);
  expect(line.placeAt(a, 79_999).state, 'a live token outlasts the time to ask for one').toBe('READY');
  expect(line.plan(79_999)).toBeUndefined();
  expect(line.plan(80_000)?.through).toBe(b);
  expect(line.placeAt(a, 80_000)).toMatchObject({ state: 'EXPIRED', reason: 'LAPSED', endedAt: 80_000 });

  admitNext(80_000);
  line.leave(b, 81_000);
  expect(line.plan(81_000)?.through).toBe(c);

  admitNext(81_000);
  line.bind(c, key);
  expect(line.reserve(key, { id: 'rsv', expiresAt: 150_000 }, 82_000, 82_000)).toBe(c);
  expect(line.placeAt(c, 82_000)).toMatchObject({ state: 'EXPIRED', reason: 'USED' });
  expect(line.reserve(key, { id: 'rsv', expiresAt: 190_000 }, 83_000, 83_000), 'extended').toBe(c);
  keepAlive(160_000);
  expect(line.reserve(key, { id: 'rsv', expiresAt: 150_000 }, 82_000, 160_000), 'told again').toBe(c);
  keepAlive(189_999);
  expect(line.plan(189_999)).toBeUndefined();
  expect(line.plan(190_000)?.through).toBe(d);

  admitNext(190_000);
  line.bind(d, key);
  line.reserve(key, { id: 'rsv-2', expiresAt: 900_000 }, 190_000, 190_000);
  keepAlive(200_000);
  expect(line.plan(200_000)).toBeUndefined();
  line.finish('rsv-2', 200_000);
  expect(line.plan(200_000)?.through).toBe(e);
});

test('a reservation that is over before its beginning is heard of takes no slot', () => {
  const { line, places } = lineOf(2, { ...open, maxActive: 1 });
  const key = keys[0] as Uint32Array;
  line.admit(line.plan(0)?.through ?? 0, 0);
  line.bind(places[0] as number, key);
  line.finish('rsv', 1_000);
  expect(line.plan(1_000)).toBeUndefined();
  expect(line.reserve(key, { id: 'rsv', expiresAt: 60_000 }, 500, 1_000)).toBe(places[0]);
  expect(line.plan(1_000)?.through).toBe(places[1]);
});

test('an old reservation is not taken for one made with a newer place', () => {
  const { line, places } = lineOf(1, open);
  const key = keys[0] as Uint32Array;
  line.admit(line.plan(10_000)?.through ?? 0, 10_000);
  line.bind(places[0] as number, key);
  expect(line.reserve(key, { id: 'old', expiresAt: 60_000 }, 9_999, 11_000)).toBeUndefined();
  expect(line.placeAt(places[0] as number, 11_000).state).toBe('READY');
});

test('after a restart everybody is where they were, and time starts afresh', () => {
  const line = waitingLine(times, 500_000);
  const key = keys[0] as Uint32Array;
  const token = { id: 'token', expiresAt: 510_000 };
  const former = { joinedAt: 100_000 };
  line.restore({ sequence: 3, nonce: 3, ...former, leftAt: 110_000 }, 500_000);
  line.restore({ sequence: 4, nonce: 4, ...former, buyer: key, admission: { since: 1, token } }, 500_000);
  line.restore({ sequence: 7, nonce: 7, ...former }, 500_000);
  line.restore({ sequence: 9, nonce: 9, ...former, buyer: keys[1] }, 500_000);
  line.resume(5, 4);
  expect(line.placeAt(3, 500_000)).toEqual({ state: 'LEFT', endedAt: 110_000 });
  expect(line.placeAt(4, 500_000)).toMatchObject({ state: 'READY', expiresAt: 560_000 });
  expect(line.admissionOf(4)?.token).toEqual(token);
  expect([7, 9].map((place) => positionOf(line, place, 500_000))).toEqual([1, 2]);
  expect(line.find(keys[1] as Uint32Array, 500_000)).toBe(9);
  expect(line.plan(500_000), 'without rules nobody is let in').toBeUndefined();
  line.rule(open, 500_000);
  expect(line.plan(500_000)?.through).toBe(9);
  expect(line.join({ nonce: 10 }, 500_000)).toBe(10);
  expect(line.placeAt(7, 626_999).state).toBe('WAITING');
  expect(line.placeAt(7, 627_000).state).toBe('EXPIRED');
});

test('those who have ended are told once, so that they can be forgotten', () => {
  const { line, places } = lineOf(3, { ...open, maxActive: 1 });
  line.admit(line.plan(0)?.through ?? 0, 0);
  line.leave(places[1] as number, 0);
  line.advance(60_000);
  expect(line.takeEnded()).toEqual([places[0]]);
  line.advance(120_000);
  expect(line.takeEnded()).toEqual([places[2]]);
  expect(line.takeEnded()).toEqual([]);
});
