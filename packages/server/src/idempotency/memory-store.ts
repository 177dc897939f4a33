import type { IdempotencyStore, StoredAnswer } from './store.ts';

/** How much a store in memory keeps. */
export interface MemoryStoreOptions {
  /** Answers, default 100,000. */
  readonly maxAnswers?: number;
  /** Bytes of all answers together, default 64 MiB. */
  readonly maxBytes?: number;
  /** Epoch milliseconds, default `Date.now`. */
  readonly clock?: () => number;
}

interface MemoryWrite {
  readonly id: string;
  readonly answer: StoredAnswer;
}

/**
 * Keeps answers in this process, until they expire or the oldest have to make room. They are lost with the
 * process, so it suits servers whose effects are lost with it, too.
 */
export function createMemoryIdempotencyStore(
  options: MemoryStoreOptions = {},
): IdempotencyStore<MemoryWrite> {
  const { maxAnswers = 100_000, maxBytes = 64 * 1024 * 1024, clock = Date.now } = options;
  // Oldest first: a map iterates in the order of insertion.
  const answers = new Map<string, StoredAnswer>();
  let bytes = 0;

  const remove = (id: string): void => {
    const answer = answers.get(id);
    if (answer !== undefined) {
      bytes -= answer.response.byteLength;
      answers.delete(id);
    }
  };
  const makeRoom = (): void => {
    const now = clock();
    for (const [id, answer] of answers) {
      if (answer.expiresAt > now && answers.size <= maxAnswers && bytes <= maxBytes) {
        return;
      }
      remove(id);
    }
  };

  return {
    read: async (id) => answers.get(id),
    // What was handed over may be a view of something larger.
    write: (id, answer) => ({ id, answer: { ...answer, response: new Uint8Array(answer.response) } }),
    commit: async ({ id, answer }) => {
      const present = answers.get(id);
      if (present !== undefined && present.expiresAt > clock()) {
        return false;
      }
      remove(id);
      answers.set(id, answer);
      bytes += answer.response.byteLength;
      makeRoom();
      return true;
    },
  };
}
