import { type Message, toBinary } from '@bufbuild/protobuf';
import type { ErrorModel } from '../errors/model.ts';
import { stampOutcome } from '../errors/to-outcome.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import type { IdempotencyRecord, IdempotencyStore } from './store.ts';

/** A handler's record, and what the runtime wants to know about it afterwards. */
export interface Recorder {
  readonly id: string;
  readonly fingerprint: string;
  readonly record: IdempotencyRecord;
  /** Whether a write was asked for at all. */
  used(): boolean;
  /** Whether the last write that was asked for records this answer. */
  holds(answer: Message): boolean;
}

/** What a record needs. */
export interface RecordOptions {
  readonly id: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly expiresAt: number;
  readonly call: CallContext;
  readonly store: IdempotencyStore;
  readonly errors: ErrorModel;
}

/** The record of one call with a key. */
export function createRecord(options: RecordOptions): Recorder {
  const { id, key, fingerprint, expiresAt, call, store, errors } = options;
  const { output } = call.method;
  let last: Message | undefined;
  let lastBytes: Uint8Array | undefined;
  return {
    id,
    fingerprint,
    record: {
      key,
      write: (response) => {
        if (response.$typeName !== output.typeName) {
          throw new TypeError(
            `${call.plan.name} answers ${output.typeName}; got ${response.$typeName} to record`,
          );
        }
        stampOutcome(errors, call.plan, response, call);
        last = response;
        lastBytes = toBinary(output, response);
        return store.write(id, { fingerprint, response: lastBytes, expiresAt });
      },
    },
    used: () => last !== undefined,
    holds: (answer) =>
      lastBytes !== undefined &&
      (answer === last || Buffer.compare(lastBytes, toBinary(output, answer)) === 0),
  };
}
