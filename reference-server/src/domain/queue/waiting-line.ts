import { admissions, endOf } from './admissions.ts';
import type { AdmissionPlan, WaitingLine } from './line.ts';
import { pace } from './pace.ts';
import type { LineTimes } from './place.ts';
import { type Newcomer, placeBook, waits } from './place-book.ts';
import { EntryState } from './place-entries.ts';
import { placeOf } from './place-of.ts';
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
    frontier = Math.max(frontier, book.turnOf(sequence));
    admitted++;
  };

  const advance = (now: number): void => {
    if (now <= clock) {
      return;
    }
    speed.pass(now, book.waiting());
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

  /** Position of the first waiting place that is not written down yet. */
  const firstProvisional = (): number => {
    let first = Number.POSITIVE_INFINITY;
    for (const sequence of provisional) {
      if (book.stateOf(sequence) === EntryState.WAITING) {
        first = Math.min(first, book.positionOf(sequence));
        if (sequence > book.drawn()) {
          // Places are in here in the order in which they were given out, and those behind come later.
          break;
        }
      }
    }
    return first;
  };

  /** How many may be admitted now, whether or not they are written down. */
  const roomAt = (now: number): number => {
    advance(now);
    return book.undrawn() > 0 ? 0 : Math.min(speed.room(inside.count(), clock), book.waiting());
  };

  const plan = (now: number): AdmissionPlan | undefined => {
    const room = roomAt(now);
    const count = room === 0 ? 0 : Math.min(room, firstProvisional() - 1);
    return count === 0 ? undefined : { through: book.turnOf(book.sequenceAt(count)), count };
  };

  const open = (newcomer: Newcomer, now: number): number => {
    advance(now);
    last++;
    book.enter(last, newcomer, clock);
    provisional.add(last);
    return last;
  };

  const release = (sequence: number): void => {
    inside.remove(sequence);
    ended.push(sequence);
  };

  return {
    last() {
      return last;
    },
    frontier() {
      return frontier;
    },
    waiting() {
      return book.waiting();
    },
    undrawn() {
      return book.undrawn();
    },
    admitted() {
      return admitted;
    },
    rule(rules, now) {
      advance(now);
      speed.rule(rules, clock);
    },
    advance,

    join(newcomer, now) {
      const sequence = open(newcomer, now);
      if (book.waiting() === 0 && speed.room(inside.count(), clock) > 0) {
        letIn(sequence, undefined);
      } else {
        book.wait(sequence, clock);
      }
      return sequence;
    },
    joinEarly(newcomer, now) {
      const sequence = open(newcomer, now);
      book.gather(sequence, clock);
      return sequence;
    },
    draw(order) {
      last = Math.max(last, order.length);
      book.draw(order);
    },
    turnOf: book.turnOf,
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
      const { sequence, nonce, buyer, joinedAt, admission, leftAt, early } = place;
      last = Math.max(last, sequence);
      const over = leftAt !== undefined || admission?.reservation !== undefined;
      book.enter(sequence, over ? { nonce } : { nonce, buyer }, joinedAt);
      if (admission !== undefined) {
        const left = leftAt === undefined ? {} : { left: { buyer } };
        inside.set({ ...admission, sequence, readyUntil: clock + times.readyTtlMs, ...left });
        frontier = Math.max(frontier, book.turnOf(sequence));
      }
      // Spread, so that not all who do not come back lapse in the same second.
      const seen = clock + (sequence % RESTORE_SPREAD_SECONDS) * 1000;
      if (over || admission !== undefined) {
        book.admit(sequence);
      } else if (early) {
        book.gather(sequence, seen);
      } else {
        book.wait(sequence, seen);
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
    tokenLeftBy(buyer, now) {
      advance(now);
      return inside.leftBy(buyer)?.token?.expiresAt;
    },
    belongsTo: book.belongsTo,
    touch(sequence, now) {
      advance(now);
      if (waits(book.stateOf(sequence))) {
        book.touch(sequence, clock);
      }
    },
    placeAt(sequence, now) {
      advance(now);
      return placeOf({ book, inside, speed, times }, sequence, clock);
    },
    isWaiting: (sequence) => book.stateOf(sequence) === EntryState.WAITING,
    isEarly: (sequence) => book.stateOf(sequence) === EntryState.EARLY,
    nonceOf: book.nonceOf,
    joinedAt: book.joinedAt,
    admissionOf: inside.get,

    plan,
    isDue: (position, now) => position > 0 && position <= roomAt(now) && position < firstProvisional(),
    admit(through, now) {
      advance(now);
      while (book.waiting() > 0) {
        const sequence = book.sequenceAt(1);
        if (book.turnOf(sequence) > through) {
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
      const buyer = book.buyerOf(sequence);
      book.end(sequence, EntryState.LEFT, clock);
      const admission = inside.get(sequence);
      if (admission?.token === undefined || admission.token.expiresAt <= clock) {
        inside.remove(sequence);
      } else {
        inside.set({ ...admission, left: { buyer } });
      }
    },
    reserve(buyer, reservation, at, now, tokenId) {
      advance(now);
      const known = inside.placeOf(reservation.id);
      const byToken = tokenId === undefined ? undefined : inside.placeOfToken(tokenId);
      const sequence = known ?? byToken ?? (buyer && book.find(buyer));
      const admission = sequence === undefined ? undefined : inside.get(sequence);
      if (sequence === undefined || admission === undefined || admission.since > at) {
        return undefined;
      }
      if (isLive(book.stateOf(sequence))) {
        book.end(sequence, EntryState.USED, clock);
      }
      const { id } = reservation;
      const expiresAt = Math.max(reservation.expiresAt, admission.reservation?.expiresAt ?? 0);
      if (finished.has(id) || expiresAt <= clock) {
        release(sequence);
      } else {
        const { token: _, left: __, ...kept } = admission;
        inside.set({ ...kept, reservation: { id, expiresAt } });
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
      const { measured } = speed;
      return {
        waiting: book.waiting(),
        active: inside.count(),
        maxActive: speed.rules().maxActive,
        ratePerMinute: speed.rules().ratePerMinute,
        paused: speed.rules().paused,
        admitted,
        admittedLastMinute: measured.lastMinute(),
        meanWaitMs: measured.meanWaitMs(),
      };
    },
  };
}

function isLive(state: EntryState): boolean {
  return waits(state) || state === EntryState.ADMITTED;
}

function neverIn(sequence: number): never {
  throw new Error(`place ${sequence} is not admitted; expected one whose turn has come`);
}
