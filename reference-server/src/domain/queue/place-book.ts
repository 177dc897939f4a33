import { buyerIndex, isOf } from './buyer-index.ts';
import type { BuyerKey } from './buyer-key.ts';
import { lapseWheel } from './lapse-wheel.ts';
import { EntryState, KEY_WORDS, placeEntries, slotOf } from './place-entries.ts';
import { turnOrder } from './turn-order.ts';

/** Somebody new. */
export interface Newcomer {
  /** Drawn at random for the place. */
  readonly nonce: number;
  /** Whom the place belongs to; without, to whoever has its token. */
  readonly buyer?: BuyerKey | undefined;
}

/** How a place can end. */
export type Ending = typeof EntryState.LAPSED | typeof EntryState.LEFT | typeof EntryState.USED;

/**
 * Who has which place, in about 50 bytes a place. A place is live while it waits or is admitted; one that has
 * ended is remembered for one waiting time. Times are epoch milliseconds, kept in whole seconds.
 */
export interface PlaceBook {
  /** How many wait. */
  waiting(): number;
  /** How many of them wait for the draw. */
  undrawn(): number;
  /** How many places were in the draw: the first ones. */
  drawn(): number;
  /** Opens a place, which must wait or be admitted next. */
  enter(sequence: number, newcomer: Newcomer, joinedAt: number): void;
  /** Puts a place in line that has just been opened. */
  wait(sequence: number, now: number): void;
  /** Has a place that has just been opened wait for the draw. */
  gather(sequence: number, now: number): void;
  /**
   * Puts those who wait for the draw in line.
   *
   * @param order The first places, in the order in which their turn comes.
   */
  draw(order: Uint32Array): void;
  /** Takes a place out of the line because its turn has come. */
  admit(sequence: number): void;
  /** Ends a live place. */
  end(sequence: number, ending: Ending, at: number): void;
  /** The heartbeat of a waiting place. */
  touch(sequence: number, now: number): void;
  /** Ends the waiting places whose time is over, but for those the guard keeps, and tells which. */
  lapse(now: number, keeps: (sequence: number) => boolean, lapsed: (sequence: number) => void): void;

  /** `NONE` for one that never was or is forgotten. */
  stateOf(sequence: number): EntryState;
  nonceOf(sequence: number): number;
  joinedAt(sequence: number): number;
  /** When a waiting place lapses, or one that is over ended. */
  deadlineOf(sequence: number): number;
  /** Position of a waiting place, from 1; 0 for one that waits for the draw. */
  positionOf(sequence: number): number;
  /** The place at a position up to `waiting`, behind those who wait for the draw. */
  sequenceAt(position: number): number;
  /** Whose turn a place's comes as, from 1: the order that positions follow from, of everybody who ever joined. */
  turnOf(sequence: number): number;

  /** The live place of a buyer. */
  find(buyer: BuyerKey): number | undefined;
  /** Whom a place belongs to, if it is anybody's. */
  buyerOf(sequence: number): BuyerKey | undefined;
  /** Whether a place belongs to this buyer; `undefined` when it belongs to nobody yet. */
  belongsTo(sequence: number, buyer: BuyerKey): boolean | undefined;
  /** Makes a live place of nobody the only one of a buyer. */
  bind(sequence: number, buyer: BuyerKey): void;
}

/** Whether a place is in line, be it for the draw. */
export const waits = (state: EntryState): boolean =>
  state === EntryState.WAITING || state === EntryState.EARLY;

const secondOf = (ms: number): number => Math.floor(ms / 1000);

/**
 * A book without places.
 *
 * @param waitingTtlMs After which a waiting place lapses that nobody asks for; counts up to the next second.
 */
export function placeBook(waitingTtlMs: number, start: number): PlaceBook {
  const ttl = Math.ceil(waitingTtlMs / 1000);
  const entries = placeEntries();
  const turns = turnOrder();
  const wheel = lapseWheel(entries, secondOf(start));
  const buyers = buyerIndex(entries);

  const stateOf = (sequence: number): EntryState =>
    (entries.find(sequence)?.state[slotOf(sequence)] ?? EntryState.NONE) as EntryState;
  const setState = (sequence: number, state: EntryState): void => {
    entries.at(sequence).state[slotOf(sequence)] = state;
  };
  const deadline = (sequence: number): number => entries.at(sequence).deadline[slotOf(sequence)] as number;
  const setDeadline = (sequence: number, second: number): void => {
    entries.at(sequence).deadline[slotOf(sequence)] = second;
  };
  const lapseSecond = (now: number): number => Math.ceil(now / 1000) + ttl;

  const isOwned = (sequence: number): boolean => {
    const { buyer } = entries.at(sequence);
    let bits = 0;
    for (let at = slotOf(sequence) * KEY_WORDS, end = at + KEY_WORDS; at < end; at++) {
      bits |= buyer[at] as number;
    }
    return bits !== 0;
  };

  const leaveLine = (sequence: number): void => {
    const state = stateOf(sequence);
    if (state === EntryState.WAITING) {
      turns.remove(sequence);
    } else if (state === EntryState.EARLY) {
      turns.removeUndrawn();
    }
  };

  const putInLine = (sequence: number, state: EntryState, now: number): void => {
    setState(sequence, state);
    setDeadline(sequence, lapseSecond(now));
    wheel.add(sequence, lapseSecond(now));
  };

  const end = (sequence: number, ending: Ending, second: number): void => {
    leaveLine(sequence);
    if (isOwned(sequence)) {
      buyers.remove(sequence);
    }
    setState(sequence, ending);
    setDeadline(sequence, second);
    if (!wheel.has(sequence)) {
      wheel.add(sequence, second + ttl);
    }
    entries.release(sequence);
  };

  return {
    waiting() {
      return turns.count();
    },
    undrawn() {
      return turns.undrawn();
    },
    drawn() {
      return turns.drawn();
    },
    enter(sequence, { nonce, buyer }, joinedAt) {
      const chunk = entries.open(sequence);
      const slot = slotOf(sequence);
      chunk.nonce[slot] = nonce;
      chunk.joined[slot] = Math.round(joinedAt / 1000);
      if (buyer !== undefined) {
        chunk.buyer.set(buyer, slot * KEY_WORDS);
        buyers.add(sequence);
      }
    },
    wait(sequence, now) {
      putInLine(sequence, EntryState.WAITING, now);
      turns.add(sequence);
    },
    gather(sequence, now) {
      putInLine(sequence, EntryState.EARLY, now);
      turns.addUndrawn();
    },
    draw(order) {
      turns.draw(order, (sequence) => {
        const waits = stateOf(sequence) === EntryState.EARLY;
        if (waits) {
          setState(sequence, EntryState.WAITING);
        }
        return waits;
      });
    },
    admit(sequence) {
      leaveLine(sequence);
      setState(sequence, EntryState.ADMITTED);
    },
    end: (sequence, ending, at) => end(sequence, ending, secondOf(at)),
    touch(sequence, now) {
      setDeadline(sequence, lapseSecond(now));
    },
    lapse(now, keeps, lapsed) {
      const second = secondOf(now);
      wheel.fire(second, (sequence) => {
        const state = stateOf(sequence);
        if (state === EntryState.ADMITTED) {
          return undefined;
        }
        const due = deadline(sequence);
        if (waits(state)) {
          if (due > second || keeps(sequence)) {
            return Math.max(due, second + 1);
          }
          end(sequence, EntryState.LAPSED, due);
          lapsed(sequence);
        }
        return due + ttl > second ? due + ttl : undefined;
      });
    },

    stateOf,
    nonceOf: (sequence) => entries.at(sequence).nonce[slotOf(sequence)] as number,
    joinedAt: (sequence) => (entries.at(sequence).joined[slotOf(sequence)] as number) * 1000,
    deadlineOf: (sequence) => deadline(sequence) * 1000,
    positionOf: (sequence) => (stateOf(sequence) === EntryState.EARLY ? 0 : turns.positionOf(sequence)),
    sequenceAt: turns.sequenceAt,
    turnOf: turns.turnOf,

    find: buyers.find,
    buyerOf(sequence) {
      const first = slotOf(sequence) * KEY_WORDS;
      return isOwned(sequence) ? entries.at(sequence).buyer.slice(first, first + KEY_WORDS) : undefined;
    },
    belongsTo: (sequence, buyer) => (isOwned(sequence) ? isOf(entries, sequence, buyer) : undefined),
    bind(sequence, buyer) {
      entries.at(sequence).buyer.set(buyer, slotOf(sequence) * KEY_WORDS);
      buyers.add(sequence);
    },
  };
}
