import type { Message } from '@bufbuild/protobuf';
import type { ErrorModel } from '../errors/model.ts';
import { stampOutcome } from '../errors/to-outcome.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import type { KeyPlan } from '../pipeline/method-plan.ts';
import type { IdempotencyRecord, IdempotencyStore, StoredAnswer } from './store.ts';

/** What a record needs. */
export interface RecordOptions {
  readonly id: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly expiresAt: number;
  readonly plan: KeyPlan;
  readonly call: CallContext;
  readonly store: IdempotencyStore;
  readonly errors: ErrorModel;
}

/** The record of one call with a key, and what the runtime wants to know about it afterwards. */
export class AnswerRecord implements IdempotencyRecord {
  readonly id: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly #options: RecordOptions;
  #last: Message | undefined;
  #lastBytes: Uint8Array | undefined;

  constructor(options: RecordOptions) {
    this.id = options.id;
    this.key = options.key;
    this.fingerprint = options.fingerprint;
    this.#options = options;
  }

  write(response: Message): unknown {
    const { call, errors, expiresAt, plan, store } = this.#options;
    const { output } = call.method;
    if (response.$typeName !== output.typeName) {
      throw new TypeError(
        `${call.plan.name} answers ${output.typeName}; got ${response.$typeName} to record`,
      );
    }
    stampOutcome(errors, call.plan, response, call);
    this.#last = response;
    this.#lastBytes = plan.encode(response, 0);
    return store.write(this.id, { fingerprint: this.fingerprint, response: this.#lastBytes, expiresAt });
  }

  /** Whether a write was asked for at all. */
  get isUsed(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Whether the last write that was asked for records this very answer. An equal one tells nothing: a handler whose
   * transaction failed can come to it by another way, and nothing is recorded then.
   */
  holds(answer: Message): boolean {
    return this.#last !== undefined && answer === this.#last;
  }

  /** Whether the last write that was asked for records an answer like this one. */
  resembles(answer: Message): boolean {
    return (
      this.#lastBytes !== undefined &&
      Buffer.compare(this.#lastBytes, this.#options.plan.encode(answer, 0)) === 0
    );
  }

  /** Whether what is kept is what the last write records. */
  isKept(stored: StoredAnswer): boolean {
    return (
      this.#lastBytes !== undefined &&
      stored.fingerprint === this.fingerprint &&
      Buffer.compare(this.#lastBytes, stored.response) === 0
    );
  }
}
