import { admissions, endOf } from './admissions.ts';
import type { WaitingLine } from './line.ts';
import { nextPollMs } from './next-poll.ts';
import { pace } from './pace.ts';
import type { LineTimes } from './place.ts';
import { placeBook } from './place-book.ts';
import { EntryState } from './place-entries.ts';
import { recentIds } from './recent-ids.ts';

/** Ended reservations that are remembered in case their beginning is heard of after their end. */
const FINISHED_KEPT = 10_000;

/** Up to how much longer a place lasts after a restart. */
const RESTORE_SPREAD_SECONDS = 32;

/** An empty line without rules. */
export function waitingLine(times: LineTimes, start: number): WaitingLine {
  const book = placeBook(times.waitingTtlMs, start);
  const inside = admissions();
  const speed = pace(start);
  const provisional = new Set<number>();
  const finished = recentIds(FINISHED_KEPT);
  let clock = start;
  let last = 0;
  let frontier = 0;
  let admitted = 0;
  let ended: number[] = [];

  const letIn = (sequence: number, waitedMs: number | undefined): void => {
    book.admit(sequence);
    inside.set({ sequence, since: clock, readyUntil: clock + times.readyTtlMs });
    speed.admitted(waitedMs);
    frontier = Math.max(frontier, sequence);
    admitted++;
  };

  const advance = (now: number): void => {
    if (now <= clock) {
      return;
    }
    speed.pass(now, book.waiting);
    clock = now;
    book.lapse(
      now,
      (sequence) => provisional.has(sequence),
      (sequence) => ended.push(sequence),
    );
    for (let over = inside.takeOver(now); over !== undefined; over = inside.takeOver(now)) {
      if (book.stateOf(over.sequence) === EntryState.ADMITTED) {
        book.end(over.sequence, EntryState.LAPSED, endOf(over));
      }
      ended.push(over.sequence);
    }
  };

  /** The first waiting place that is not written down yet. */
  const firstProvisional = (): number | undefined => {
    for (const sequence of provisional) {
      if (book.stateOf(sequence) === EntryState.WAITING) {
        return sequence;
      }
    }
    return undefined;
  };

  const release = (sequence: number): void => {
    inside.remove(sequence);
    ended.push(sequence);
  };

  return {
    get last() {
      return last;
    },
    get frontier() {
      return frontier;
    },
    get waiting() {
      return book.waiting;
    },
    get admitted() {
      return admitted;
    },
    rule(rules, now) {
      advance(now);
      speed.rule(rules, clock);
    },
    advance,

    join(newcomer, now) {
      advance(now);
      last++;
      book.enter(last, newcomer, clock);
      provisional.add(last);
      if (book.waiting === 0 && speed.room(inside.count, clock) > 0) {
        letIn(last, undefined);
      } else {
        book.wait(last, clock);
      }
      return last;
    },
    confirm(sequence) {
      provisional.delete(sequence);
    },
    abandon(sequence, now) {
      provisional.delete(sequence);
      advance(now);
      if (isLive(book.stateOf(sequence))) {
        book.end(sequence, EntryState.LAPSED, clock);
        release(sequence);
      }
    },
    restore(place, now) {
      advance(now);
      const { sequence, nonce, buyer, joinedAt, admission, leftAt } = place;
      last = sequence;
      const over = leftAt !== undefined || admission?.reservation !== undefined;
      book.enter(sequence, over ? { nonce } : { nonce, buyer }, joinedAt);
      if (admission !== undefined) {
        const left = leftAt === undefined ? {} : { left: true as const };
        inside.set({ ...admission, sequence, readyUntil: clock + times.readyTtlMs, ...left });
        frontier = Math.max(frontier, sequence);
      }
      if (over || admission !== undefined) {
        book.admit(sequence);
      } else {
        // Spread, so that not all who do not come back lapse in the same second.
        book.wait(sequence, clock + (sequence % RESTORE_SPREAD_SECONDS) * 1000);
      }
      if (over) {
        book.end(sequence, leftAt === undefined ? EntryState.USED : EntryState.LEFT, leftAt ?? clock);
      }
    },
    resume(to, total) {
      frontier = Math.max(frontier, to);
      last = Math.max(last, to);
      admitted = total;
    },

    find(buyer, now) {
      advance(now);
      return book.find(buyer);
    },
    knows: (sequence, nonce) =>
      book.stateOf(sequence) !== EntryState.NONE && book.nonceOf(sequence) === nonce,
    belongsTo: book.belongsTo,
    touch(sequence, now) {
      advance(now);
      if (book.stateOf(sequence) === EntryState.WAITING) {
        book.touch(sequence, clock);
      }
    },
    placeAt(sequence, now) {
      advance(now);
      const admission = inside.get(sequence);
      switch (book.stateOf(sequence)) {
        case EntryState.WAITING: {
          const position = book.positionOf(sequence);
          const etaSeconds = speed.etaSeconds(position);
          const distance = etaSeconds < 0 ? position : etaSeconds;
          return {
            state: 'WAITING',
            position,
            etaSeconds,
            expiresAt: book.deadlineOf(sequence),
            nextPollMs: nextPollMs(distance, times.waitingTtlMs),
          };
        }
        case EntryState.ADMITTED:
          return {
            state: 'READY',
            expiresAt: admission === undefined ? clock : endOf(admission),
            nextPollMs: nextPollMs(0, times.readyTtlMs),
          };
        case EntryState.LEFT:
          return { state: 'LEFT', endedAt: book.deadlineOf(sequence) };
        case EntryState.USED:
          return { state: 'EXPIRED', reason: 'USED', endedAt: book.deadlineOf(sequence) };
        case EntryState.LAPSED:
          return { state: 'EXPIRED', reason: 'LAPSED', endedAt: book.deadlineOf(sequence) };
        default:
          return { state: 'EXPIRED', reason: 'LAPSED', endedAt: clock };
      }
    },
    isWaiting: (sequence) => book.stateOf(sequence) === EntryState.WAITING,
    nonceOf: book.nonceOf,
    joinedAt: book.joinedAt,
    admissionOf: inside.get,

    plan(now) {
      advance(now);
      const count = Math.min(speed.room(inside.count, clock), book.waiting);
      const barrier = firstProvisional();
      const planned = barrier === undefined ? count : Math.min(count, book.positionOf(barrier) - 1);
      return planned > 0 ? { through: book.sequenceAt(planned), count: planned } : undefined;
    },
    admit(through, now) {
      advance(now);
      while (book.waiting > 0) {
        const sequence = book.sequenceAt(1);
        if (sequence > through) {
          break;
        }
        letIn(sequence, Math.max(0, clock - book.joinedAt(sequence)));
      }
      frontier = Math.max(frontier, through);
    },
    bind: book.bind,
    give(sequence, token, now) {
      advance(now);
      const { token: _, ...admission } = inside.get(sequence) ?? neverIn(sequence);
      inside.set(token === undefined ? admission : { ...admission, token });
    },
    leave(sequence, now) {
      advance(now);
      if (!isLive(book.stateOf(sequence))) {
        return;
      }
      book.end(sequence, EntryState.LEFT, clock);
      const admission = inside.get(sequence);
      if (admission?.token === undefined || admission.token.expiresAt <= clock) {
        inside.remove(sequence);
      } else {
        inside.set({ ...admission, left: true });
      }
    },
    reserve(buyer, reservation, at, now) {
      advance(now);
      const known = inside.placeOf(reservation.id);
      const sequence = known ?? book.find(buyer);
      const admission = sequence === undefined ? undefined : inside.get(sequence);
      if (sequence === undefined || admission === undefined || admission.since > at) {
        return undefined;
      }
      if (known === undefined) {
        book.end(sequence, EntryState.USED, clock);
      }
      const { id } = reservation;
      const expiresAt = Math.max(reservation.expiresAt, admission.reservation?.expiresAt ?? 0);
      if (finished.has(id) || expiresAt <= clock) {
        release(sequence);
      } else {
        inside.set({ ...admission, reservation: { id, expiresAt } });
      }
      return sequence;
    },
    finish(reservationId, now) {
      advance(now);
      finished.add(reservationId);
      const sequence = inside.placeOf(reservationId);
      if (sequence !== undefined) {
        release(sequence);
      }
    },

    takeEnded() {
      const taken = ended;
      ended = [];
      return taken;
    },
    stats(now) {
      advance(now);
      const { lastMinute, meanWaitMs } = speed.measured;
      return {
        waiting: book.waiting,
        active: inside.count,
        maxActive: speed.rules.maxActive,
        ratePerMinute: speed.rules.ratePerMinute,
        paused: speed.rules.paused,
        admitted,
        admittedLastMinute: lastMinute,
        meanWaitMs,
      };
    },
  };
}

function isLive(state: EntryState): boolean {
  return state === EntryState.WAITING || state === EntryState.ADMITTED;
}

function neverIn(sequence: number): never {
  throw new Error(`place ${sequence} is not admitted; expected one whose turn has come`);
}
