import { waitingRanks } from './waiting-ranks.ts';

/**
 * Who waits, in the order in which their turn comes: that of the sequence numbers, but for those who came
 * before a draw, whose order it decides among the same numbers. So turns are numbers from 1 as well, and
 * whoever came after the draw has the turn of their sequence number.
 */
export interface TurnOrder {
  /** How many wait. */
  count(): number;
  /** How many of them wait for the draw; they stand before all others. */
  undrawn(): number;
  /** How many places were in the draw, those included that did not wait any more. */
  drawn(): number;
  /** Somebody waits. */
  add(sequence: number): void;
  /** Somebody waits for the draw. */
  addUndrawn(): void;
  /** Somebody waits no longer. */
  remove(sequence: number): void;
  /** Somebody waits for the draw no longer. */
  removeUndrawn(): void;
  /**
   * Sets the turns of the places from 1 to the length of the order, and puts those in it that wait.
   *
   * @param order Sequence numbers in the order of their turns.
   * @param waits Whether a place waits for the draw.
   */
  draw(order: Uint32Array, waits: (sequence: number) => boolean): void;
  turnOf(sequence: number): number;
  /** Position of one who waits and for no draw, from 1. */
  positionOf(sequence: number): number;
  /** Who stands at a position behind those who wait for the draw. */
  sequenceAt(position: number): number;
}

/** Nobody. */
export function turnOrder(): TurnOrder {
  const ranks = waitingRanks();
  let undrawn = 0;
  /** By turn - 1 and by sequence number - 1. */
  let sequences: Uint32Array = new Uint32Array(0);
  let turns: Uint32Array = new Uint32Array(0);

  const turnOf = (sequence: number): number => turns[sequence - 1] ?? sequence;

  return {
    count() {
      return ranks.count() + undrawn;
    },
    undrawn() {
      return undrawn;
    },
    drawn() {
      return turns.length;
    },
    add(sequence) {
      ranks.add(turnOf(sequence));
    },
    addUndrawn() {
      undrawn++;
    },
    remove(sequence) {
      ranks.remove(turnOf(sequence));
    },
    removeUndrawn() {
      undrawn--;
    },
    draw(order, waits) {
      sequences = order;
      turns = new Uint32Array(order.length);
      for (let turn = 1; turn <= order.length; turn++) {
        const sequence = order[turn - 1] as number;
        turns[sequence - 1] = turn;
        if (waits(sequence)) {
          ranks.add(turn);
        }
      }
      undrawn = 0;
    },
    turnOf,
    positionOf: (sequence) => undrawn + ranks.rankOf(turnOf(sequence)),
    sequenceAt(position) {
      const turn = ranks.numberOf(position - undrawn);
      return sequences[turn - 1] ?? turn;
    },
  };
}
