import { fromBinary, type Message } from '@bufbuild/protobuf';
import type { Logger } from 'pino';
import type { ErrorModel } from '../errors/model.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { outcomeIn, stampOutcome } from '../errors/to-outcome.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import { createRecord, type Recorder } from './record.ts';
import { scopeId } from './scope.ts';
import type { IdempotencyStore, StoredAnswer } from './store.ts';

/** What calls with keys share. */
export interface OnceOptions {
  readonly store: IdempotencyStore;
  readonly errors: ErrorModel;
  readonly clock: () => number;
  readonly logger: Logger;
}

/**
 * Runs a handler at most once for each key. `work` is the handler with its outcomes turned into answers: what it
 * returns is kept, what it throws is not.
 */
export type Once = (
  call: CallContext,
  request: Message,
  key: string,
  work: () => Promise<Message>,
) => Promise<Message>;

interface Running {
  readonly fingerprint: string;
  /** `undefined` when the handler was never started. */
  readonly answer: Promise<Message | undefined>;
}

/** Keeps track of the keys that are being worked on in this process, and of their answers in the store. */
export function createOnce({ store, errors, clock, logger }: OnceOptions): Once {
  const running = new Map<string, Running>();

  const replay = (call: CallContext, stored: StoredAnswer, fingerprint: string): Message => {
    if (stored.fingerprint !== fingerprint) {
      throw conflict(call);
    }
    markReplayed(call);
    return fromBinary(call.method.output, stored.response);
  };

  const find = async (id: string): Promise<StoredAnswer | undefined> => {
    const stored = await store.read(id);
    return stored !== undefined && stored.expiresAt > clock() ? stored : undefined;
  };

  /** Makes the answer the one that later calls get, unless the handler has done so or somebody was faster. */
  const keep = async (call: CallContext, recorder: Recorder, answer: Message): Promise<Message> => {
    stampOutcome(errors, call.plan, answer, call);
    // An outcome that may pass by itself must not be the answer for ever.
    if (outcomeIn(errors, call.plan, answer)?.retryable === true || recorder.holds(answer)) {
      return answer;
    }
    try {
      if (await store.commit(recorder.record.write(answer))) {
        return answer;
      }
    } catch (err) {
      // The effect has taken place: the caller is better off knowing it.
      call.log.error({ err }, 'the answer to an idempotency key could not be kept');
      return answer;
    }
    const theirs = await find(recorder.id);
    return theirs === undefined ? answer : replay(call, theirs, recorder.fingerprint);
  };

  const first = async (call: CallContext, recorder: Recorder, work: () => Promise<Message>) => {
    const stored = await find(recorder.id);
    if (stored !== undefined) {
      return replay(call, stored, recorder.fingerprint);
    }
    if (call.interruption !== undefined) {
      return undefined;
    }
    call.detach();
    call.idempotency = recorder.record;
    let answer: Message;
    try {
      answer = await work();
    } catch (reason) {
      // A handler can fail after its transaction went through, or because another process was faster.
      const theirs = recorder.used() ? await find(recorder.id) : undefined;
      if (theirs === undefined) {
        throw reason;
      }
      logger.warn({ err: reason, trace_id: call.traceId }, 'a handler failed after its answer was kept');
      return replay(call, theirs, recorder.fingerprint);
    }
    return keep(call, recorder, answer);
  };

  return async (call, request, key, work) => {
    const { plan } = call;
    if (plan.key === undefined) {
      throw new TypeError(`${plan.name} takes no idempotency key`);
    }
    const id = scopeId(call.caller, plan.name, key);
    const fingerprint = plan.key.fingerprint(request);
    for (let other = running.get(id); other !== undefined; other = running.get(id)) {
      if (other.fingerprint !== fingerprint) {
        throw conflict(call);
      }
      const answer = await other.answer;
      if (answer !== undefined) {
        markReplayed(call);
        return answer;
      }
    }
    const recorder = createRecord({
      id,
      key,
      fingerprint,
      call,
      store,
      errors,
      expiresAt: clock() + plan.key.ttlMs,
    });
    const answer = first(call, recorder, work).finally(() => running.delete(id));
    running.set(id, { fingerprint, answer });
    const message = await answer;
    if (message === undefined) {
      throw call.interruption ?? runtimeFailure('CANCELLED', 'the call was cancelled');
    }
    return message;
  };
}

function markReplayed(call: CallContext): void {
  call.responseHeader.set('idempotent-replayed', 'true');
}

function conflict(call: CallContext): Error {
  const field = call.plan.key?.field.name ?? '';
  return runtimeFailure(
    'IDEMPOTENCY_CONFLICT',
    `${field} was used before with a different request; a new request takes a new key`,
    [{ field, reason: 'KEY_REUSED' }],
  );
}
