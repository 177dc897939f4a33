import type { Message } from '@bufbuild/protobuf';

/** The first answer to an idempotency key. */
export interface StoredAnswer {
  /** Stands for the request that was answered: see `Fingerprint`. */
  readonly fingerprint: string;
  /** The answer in Protobuf's binary format. May be a view of a larger buffer: keep a copy. */
  readonly response: Uint8Array;
  /** Epoch milliseconds from which the answer no longer counts. */
  readonly expiresAt: number;
}

/**
 * Where answers to idempotency keys are kept. `W` is the store's own object for one write, so that a handler
 * can put it into the transaction of its effect.
 */
export interface IdempotencyStore<W = unknown> {
  /** The answer of an id; `undefined` when there is none. An expired one may still be returned. */
  read(id: string): Promise<StoredAnswer | undefined>;
  /** A write that takes effect only when the id has no answer yet, or an expired one. */
  write(id: string, answer: StoredAnswer): W;
  /**
   * Carries out one write by itself: for handlers that wrote nothing. `false` means that somebody else's
   * answer is there already.
   */
  commit(write: W): Promise<boolean>;
}

/** The key of a running call, for a handler that makes its answer part of its own transaction. */
export interface IdempotencyRecord {
  /** The key as the client sent it. */
  readonly key: string;
  /**
   * The store's write object that records `response` as the answer to the key, to be put into the handler's
   * transaction. The response is complete when it is handed over: later changes are not recorded. Each attempt
   * of a transaction asks for a new write.
   */
  write(response: Message): unknown;
}
