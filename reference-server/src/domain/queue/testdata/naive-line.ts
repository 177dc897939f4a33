import { expect } from 'vitest';
import type { AdmissionPlan, LineRules, LineTimes, Timed } from '../index.ts';

/** Somebody in a {@link NaiveLine}. */
export interface Person {
  readonly sequence: number;
  readonly nonce: number;
  buyer: number | undefined;
  state: 'WAITING' | 'READY' | 'LAPSED' | 'LEFT' | 'USED';
  provisional: boolean;
  lapsesAt: number;
  /** A place that was provisional for too long lapses at the next full second only. */
  keptUntil: number;
  since: number;
  readyUntil: number;
  token: Timed | undefined;
  reservation: Timed | undefined;
  endedAt: number | undefined;
}

/** What a waiting line does, said as simply as possible: everything is counted anew each time. */
export type NaiveLine = ReturnType<typeof naiveLine>;

export function naiveLine(times: LineTimes, start: number) {
  const people: Person[] = [];
  const finished = new Set<string>();
  let clock = start;
  let rules: LineRules | undefined;
  let tokens = 0;
  let admitted = 0;

  const burst = (rate: number): number => Math.max(1, rate / 60) + (rate / 60) * 0.2;
  const readyEnd = (person: Person): number => Math.max(person.readyUntil, person.token?.expiresAt ?? 0);
  const waiting = (): Person[] => people.filter(({ state }) => state === 'WAITING');
  const isLive = ({ state }: Person): boolean => state === 'WAITING' || state === 'READY';
  const isActive = (person: Person): boolean =>
    person.state === 'READY' ||
    (person.state === 'LEFT' && (person.token?.expiresAt ?? 0) > clock) ||
    (person.state === 'USED' && (person.reservation?.expiresAt ?? 0) > clock);
  const active = (): number => people.filter(isActive).length;
  const lapseTime = (): number => Math.ceil(clock / 1000) * 1000 + times.waitingTtlMs;

  const end = (person: Person, state: Person['state'], at: number): void => {
    person.state = state;
    person.endedAt = at;
  };

  const advance = (now: number): void => {
    const passed = Math.max(0, now - clock);
    clock += passed;
    if (rules !== undefined) {
      tokens = Math.min(burst(rules.ratePerMinute), tokens + (passed * rules.ratePerMinute) / 60_000);
    }
    for (const person of people) {
      const lapses = Math.max(person.lapsesAt, person.keptUntil);
      if (person.state === 'WAITING' && !person.provisional && lapses <= clock) {
        end(person, 'LAPSED', person.lapsesAt);
      }
      if (person.state === 'READY' && readyEnd(person) <= clock) {
        end(person, 'LAPSED', readyEnd(person));
      }
    }
  };

  /** Least and most that may be admitted: the last bit of a sum of fractions decides nothing. */
  const room = (): [number, number] => {
    if (rules === undefined || rules.paused || rules.ratePerMinute === 0) {
      return [0, 0];
    }
    const free = Math.max(0, rules.maxActive - active());
    return [Math.min(free, Math.floor(tokens - 1e-6)), Math.min(free, Math.floor(tokens + 1e-6))];
  };

  const letIn = (person: Person): void => {
    person.state = 'READY';
    person.since = clock;
    person.readyUntil = clock + times.readyTtlMs;
    tokens--;
    admitted++;
  };

  return {
    people,
    isLive,
    advance,
    now: () => clock,
    rule(next: LineRules, now: number) {
      advance(now);
      tokens = rules === undefined ? burst(next.ratePerMinute) : Math.min(tokens, burst(next.ratePerMinute));
      rules = next;
    },
    join(place: { sequence: number; nonce: number; buyer: number | undefined; ready: boolean }, now: number) {
      advance(now);
      const [least, most] = room();
      if (place.ready) {
        expect(waiting()).toEqual([]);
        expect(most).toBeGreaterThanOrEqual(1);
      } else {
        expect(waiting().length > 0 || least < 1).toBe(true);
      }
      expect(place.sequence).toBeGreaterThan(people.at(-1)?.sequence ?? 0);
      const { ready, ...newcomer } = place;
      const person: Person = {
        ...newcomer,
        state: 'WAITING',
        provisional: true,
        lapsesAt: lapseTime(),
        keptUntil: 0,
        since: 0,
        readyUntil: 0,
        token: undefined,
        reservation: undefined,
        endedAt: undefined,
      };
      people.push(person);
      if (ready) {
        letIn(person);
      }
    },
    settle(sequence: number, ok: boolean, now: number) {
      const person = people.find((each) => each.sequence === sequence) as Person;
      advance(now);
      person.provisional = false;
      if (person.lapsesAt <= clock) {
        person.keptUntil = (Math.floor(clock / 1000) + 1) * 1000;
      }
      if (!ok && isLive(person)) {
        end(person, 'LAPSED', clock);
      }
    },
    touch(sequence: number, now: number) {
      advance(now);
      const person = people.find((each) => each.sequence === sequence) as Person;
      if (person.state === 'WAITING') {
        person.lapsesAt = lapseTime();
      }
    },
    leave(sequence: number, now: number) {
      advance(now);
      const person = people.find((each) => each.sequence === sequence) as Person;
      if (isLive(person)) {
        end(person, 'LEFT', clock);
      }
    },
    /** The first of those who wait, as many as there is room for, up to the first who is provisional. */
    expectPlan(plan: AdmissionPlan | undefined, now: number) {
      advance(now);
      const line = waiting();
      const barrier = line.findIndex(({ provisional }) => provisional);
      const ready = barrier < 0 ? line : line.slice(0, barrier);
      const planned = line.filter(({ sequence }) => sequence <= (plan?.through ?? 0));
      const [least, most] = room();
      expect(planned.length).toBe(plan?.count ?? 0);
      expect(planned).toEqual(ready.slice(0, planned.length));
      expect(planned.length).toBeGreaterThanOrEqual(Math.min(least, ready.length));
      expect(planned.length).toBeLessThanOrEqual(Math.min(most, ready.length));
    },
    admit(through: number, now: number) {
      advance(now);
      for (const person of waiting()) {
        if (person.sequence <= through) {
          letIn(person);
        }
      }
    },
    give(sequence: number, token: Timed) {
      (people.find((each) => each.sequence === sequence) as Person).token = token;
    },
    reserve(buyer: number, reservation: Timed, at: number, now: number): number | undefined {
      advance(now);
      const person =
        people.find((each) => each.reservation?.id === reservation.id && isActive(each)) ??
        people.find((each) => each.buyer === buyer && each.state === 'READY');
      if (person === undefined || person.since > at) {
        return undefined;
      }
      if (person.state === 'READY') {
        end(person, 'USED', clock);
      }
      const expiresAt = Math.max(reservation.expiresAt, person.reservation?.expiresAt ?? 0);
      person.reservation = finished.has(reservation.id) ? undefined : { id: reservation.id, expiresAt };
      return person.sequence;
    },
    finish(reservationId: string) {
      finished.add(reservationId);
      for (const person of people) {
        if (person.reservation?.id === reservationId) {
          person.reservation = undefined;
        }
      }
    },
    find: (buyer: number) => people.find((each) => each.buyer === buyer && isLive(each))?.sequence,
    placeOf(person: Person) {
      switch (person.state) {
        case 'WAITING': {
          const position = waiting().filter(({ sequence }) => sequence <= person.sequence).length;
          return { state: 'WAITING', position, expiresAt: person.lapsesAt };
        }
        case 'READY':
          return { state: 'READY', expiresAt: readyEnd(person) };
        case 'LEFT':
          return { state: 'LEFT' };
        default:
          return { state: 'EXPIRED', reason: person.state };
      }
    },
    stats: () => ({ waiting: waiting().length, active: active(), admitted }),
  };
}
