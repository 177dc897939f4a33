/** What has become of a place; one byte each. `EARLY`: it waits for the draw. */
export const EntryState = {
  NONE: 0,
  WAITING: 1,
  ADMITTED: 2,
  USED: 3,
  LAPSED: 4,
  LEFT: 5,
  EARLY: 6,
} as const;
export type EntryState = (typeof EntryState)[keyof typeof EntryState];

/** Places per chunk, a power of two. */
export const CHUNK_SIZE = 1024;

/** Words of a buyer key, see `buyerKey`. */
export const KEY_WORDS = 4;

/** A run of places, one slot in each array: 41 bytes a place. */
export interface EntryChunk {
  /** {@link EntryState}. */
  readonly state: Uint8Array;
  /** Epoch seconds: when it joined. */
  readonly joined: Uint32Array;
  /** Epoch seconds: of a waiting place when it lapses, of one that is over when it ended. */
  readonly deadline: Uint32Array;
  readonly nonce: Float64Array;
  /** Key of the buyer it belongs to; zeros when it belongs to whoever has the token. */
  readonly buyer: Uint32Array;
  /** The place after it in its slot of the lapse wheel; 0 is none. */
  readonly next: Uint32Array;
  /** One bit for each place that is in the lapse wheel. */
  readonly wheel: Uint32Array;
  /** How many reasons there are to remember the chunk. */
  holds: number;
}

/**
 * The places of a line by sequence number (1 to 2^32 - 1), in chunks. A chunk stays as long as somebody holds
 * one of its places, so that a line takes memory for those in it, not for everybody who ever was.
 */
export interface PlaceEntries {
  /** The chunk of a place, unless it is forgotten. */
  find(sequence: number): EntryChunk | undefined;
  /** The chunk of a place that somebody holds. */
  at(sequence: number): EntryChunk;
  /** The chunk of a new place, held once. */
  open(sequence: number): EntryChunk;
  /** One more reason to remember a place. */
  hold(sequence: number): void;
  /** One reason less; the last one of a chunk forgets it. */
  release(sequence: number): void;
}

/** Slot of a place in its chunk. */
export const slotOf = (sequence: number): number => sequence & (CHUNK_SIZE - 1);

/** Number of the chunk of a place. */
export const chunkOf = (sequence: number): number => Math.floor(sequence / CHUNK_SIZE);

/** No places. */
export function placeEntries(): PlaceEntries {
  const chunks: (EntryChunk | undefined)[] = [];

  const at = (sequence: number): EntryChunk => {
    const chunk = chunks[chunkOf(sequence)];
    if (chunk === undefined) {
      throw new Error(`place ${sequence} is forgotten although it is in use`);
    }
    return chunk;
  };

  return {
    find: (sequence) => chunks[chunkOf(sequence)],
    at,
    open(sequence) {
      const number = chunkOf(sequence);
      while (chunks.length <= number) {
        chunks.push(undefined);
      }
      const chunk = chunks[number] ?? newChunk();
      chunks[number] = chunk;
      chunk.holds++;
      return chunk;
    },
    hold(sequence) {
      at(sequence).holds++;
    },
    release(sequence) {
      const chunk = at(sequence);
      chunk.holds--;
      if (chunk.holds === 0) {
        chunks[chunkOf(sequence)] = undefined;
      }
    },
  };
}

function newChunk(): EntryChunk {
  return {
    state: new Uint8Array(CHUNK_SIZE),
    joined: new Uint32Array(CHUNK_SIZE),
    deadline: new Uint32Array(CHUNK_SIZE),
    nonce: new Float64Array(CHUNK_SIZE),
    buyer: new Uint32Array(CHUNK_SIZE * KEY_WORDS),
    next: new Uint32Array(CHUNK_SIZE),
    wheel: new Uint32Array(CHUNK_SIZE / 32),
    holds: 0,
  };
}
