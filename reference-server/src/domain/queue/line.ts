import type { Admission, Timed } from './admissions.ts';
import type { BuyerKey } from './buyer-key.ts';
import type { LineRules, LineStats, Place } from './place.ts';
import type { Newcomer } from './place-book.ts';

/** A place as it was before a restart. Times are epoch milliseconds. */
export interface FormerPlace extends Newcomer {
  readonly sequence: number;
  readonly joinedAt: number;
  /** It came before a draw that has not been made. */
  readonly early?: boolean | undefined;
  /** Set when its turn had come. */
  readonly admission?: Pick<Admission, 'since' | 'token' | 'reservation'> | undefined;
  /** Set when it was given up. */
  readonly leftAt?: number | undefined;
}

/** The next ones to be admitted. */
export interface AdmissionPlan {
  /** Everybody who waits up to this turn, */
  readonly through: number;
  /** and so many are they. */
  readonly count: number;
}

/**
 * One event's line: strictly first come, first served, behind those who came early and were drawn. Turns are
 * numbers from 1: whose turn comes before whose. A turn is the sequence number, unless there was a draw. Times are epoch milliseconds; time that goes back is
 * taken to stand still. What a call costs does not grow with the line: O(log n), spread over calls.
 */
export interface WaitingLine {
  /** Highest sequence number given out; 0 before anybody has joined. */
  last(): number;
  /** Everybody up to this turn has had it, or is gone. */
  frontier(): number;
  /** How many wait. */
  waiting(): number;
  /** How many of them wait for the draw. While somebody does, nobody is admitted. */
  undrawn(): number;
  /** Buyers admitted since the line opened. */
  admitted(): number;
  /** Sets how many are let in. A line without rules is paused. */
  rule(rules: LineRules, now: number): void;
  /** Lets time pass: whom it has run out for is gone. Every method that takes the time does so. */
  advance(now: number): void;

  /**
   * Gives out the next place. Whoever finds nobody waiting is admitted at once where rate and cap allow. The
   * place is provisional: nobody from it on is admitted from the line before `confirm` or `abandon`.
   *
   * @returns its sequence number.
   */
  join(newcomer: Newcomer, now: number): number;
  /** The same for one who comes early, and waits for the draw. */
  joinEarly(newcomer: Newcomer, now: number): number;
  /**
   * Makes the draw, or tells after a restart, before anybody is put back, how it was made.
   *
   * @param order The first places, from 1 on, in the order in which their turn comes.
   */
  draw(order: Uint32Array): void;
  turnOf(sequence: number): number;
  /** The place is written down. */
  confirm(sequence: number): void;
  /** The place could not be written down. */
  abandon(sequence: number, now: number): void;
  /** Puts a place back, after a restart; in the order of the sequence numbers. Its time starts afresh. */
  restore(place: FormerPlace, now: number): void;
  /** After a restart: up to where everybody was admitted, and how many were in all. */
  resume(frontier: number, admitted: number): void;

  /** The live place of a buyer: waiting or admitted. */
  find(buyer: BuyerKey, now: number): number | undefined;
  /** Whether the line remembers a place and the nonce was drawn for it. */
  knows(sequence: number, nonce: number): boolean;
  /** When the reservation token lapses that a buyer has by a place they gave up; `undefined` without one. */
  tokenLeftBy(buyer: BuyerKey, now: number): number | undefined;
  /** Whether a place belongs to this buyer; `undefined` when it belongs to nobody yet. */
  belongsTo(sequence: number, buyer: BuyerKey): boolean | undefined;
  /** The heartbeat of a place. Means nothing but for a waiting one. */
  touch(sequence: number, now: number): void;
  /** What has become of a place that the line knows. */
  placeAt(sequence: number, now: number): Place;
  /** Whether a place given out is one that waits. */
  isWaiting(sequence: number): boolean;
  /** Whether a place waits for the draw. */
  isEarly(sequence: number): boolean;
  nonceOf(sequence: number): number;
  joinedAt(sequence: number): number;
  /** Why the buyer of a place counts as active; `undefined` for one who does not. */
  admissionOf(sequence: number): Admission | undefined;

  /** Who may be admitted now; `undefined` when nobody may. */
  plan(now: number): AdmissionPlan | undefined;
  /** Whether who waits at a position, from 1, is among those who may be admitted now. */
  isDue(position: number, now: number): boolean;
  /** Admits everybody who waits up to this turn. */
  admit(through: number, now: number): void;
  /** Makes a live place of nobody the only one of a buyer. */
  bind(sequence: number, buyer: BuyerKey): void;
  /** Notes the token given to an admitted place; `undefined` takes the note back. */
  give(sequence: number, token: Timed | undefined, now: number): void;
  /** Gives up a place that the line knows. One that has ended stays as it is. */
  leave(sequence: number, now: number): void;
  /**
   * A buyer has made a reservation, or it lasts longer. It ends the place; the buyer stays active.
   *
   * @param buyer `undefined` for one without an id, who is known by the token only.
   * @param tokenId The reservation token it was made with, where that is known.
   * @param at When it happened: a place whose turn came later is not the one it was made with.
   * @returns the place it was made with, if it is one of this line.
   */
  reserve(
    buyer: BuyerKey | undefined,
    reservation: Timed,
    at: number,
    now: number,
    tokenId?: string,
  ): number | undefined;
  /** A reservation is over, also one that was not heard of (yet). */
  finish(reservationId: string, now: number): void;

  /** Places that have ended since this was last asked, and not by `leave`. */
  takeEnded(): number[];
  stats(now: number): LineStats;
}
