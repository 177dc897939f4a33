import { fromBinary, type Message } from '@bufbuild/protobuf';
import type { Logger } from 'pino';
import type { ErrorModel } from '../errors/model.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { outcomeIn, stampOutcome } from '../errors/to-outcome.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import type { KeyPlan } from '../pipeline/method-plan.ts';
import { TurnoverMap } from '../turnover-map.ts';
import { AnswerRecord } from './record.ts';
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
 * Runs a handler at most once for each key, or as often as nothing comes of it. `work` is the handler with its outcomes
 * turned into answers: what it returns is kept, what it throws is not.
 */
export type Once = (
  call: CallContext,
  request: Message,
  key: string,
  work: () => Message | Promise<Message>,
) => Promise<Message>;

interface Running {
  readonly fingerprint: string;
  answer: Promise<Message> | undefined;
  /** Nobody waited for it any more when its handler was to start. Whoever comes with its key starts it. */
  wasGivenUp: boolean;
}

/** Keeps track of the keys that are being worked on in this process, and of their answers in the store. */
export function createOnce({ store, errors, clock, logger }: OnceOptions): Once {
  const running = new TurnoverMap<string, Running>();

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

  /** Makes the answer the one that later calls get, unless somebody was faster. */
  const keep = async (call: CallContext, record: AnswerRecord, answer: Message): Promise<Message> => {
    const isCopy = record.resembles(answer);
    stampOutcome(errors, call.plan, answer, call);
    // An outcome that may pass by itself must not be the answer for ever.
    if (outcomeIn(errors, call.plan, answer)?.retryable === true) {
      return answer;
    }
    try {
      if (await store.commit(record.write(answer))) {
        return answer;
      }
    } catch (err) {
      // The effect has taken place: the caller is better off knowing it.
      call.log.error({ err }, 'the answer to an idempotency key could not be kept');
      return answer;
    }
    const theirs = await find(record.id);
    return theirs === undefined || (isCopy && record.isKept(theirs))
      ? answer
      : replay(call, theirs, record.fingerprint);
  };

  /** A handler can fail because it ran before, because another process was faster, or after its transaction. */
  const afterFailure = async (
    call: CallContext,
    record: AnswerRecord,
    recordsAnswers: boolean,
    reason: unknown,
  ): Promise<Message> => {
    const theirs = recordsAnswers || record.isUsed ? await find(record.id) : undefined;
    if (theirs === undefined) {
      throw reason;
    }
    const line = { err: reason, trace_id: call.traceId };
    if (recordsAnswers) {
      logger.debug(line, 'a handler ran whose answer was kept before');
    } else {
      logger.warn(line, 'a handler failed after its answer was kept');
    }
    return replay(call, theirs, record.fingerprint);
  };

  const first = async (
    call: CallContext,
    record: AnswerRecord,
    recordsAnswers: boolean,
    work: () => Message | Promise<Message>,
    own: Running,
  ): Promise<Message> => {
    try {
      const stored = recordsAnswers ? undefined : await find(record.id);
      if (stored !== undefined) {
        return replay(call, stored, record.fingerprint);
      }
      if (call.interruption !== undefined) {
        own.wasGivenUp = true;
        throw call.interruption;
      }
      call.detach();
      call.idempotency = record;
      let answer: Message;
      try {
        answer = await work();
      } catch (reason) {
        return await afterFailure(call, record, recordsAnswers, reason);
      }
      if (record.holds(answer)) {
        return answer;
      }
      const earlier = recordsAnswers ? await find(record.id) : undefined;
      if (earlier === undefined) {
        return await keep(call, record, answer);
      }
      return record.resembles(answer) && record.isKept(earlier)
        ? answer
        : replay(call, earlier, record.fingerprint);
    } finally {
      running.delete(record.id);
    }
  };

  const begin = (
    call: CallContext,
    record: AnswerRecord,
    plan: KeyPlan,
    work: () => Message | Promise<Message>,
  ): Promise<Message> => {
    const own: Running = { fingerprint: record.fingerprint, answer: undefined, wasGivenUp: false };
    running.set(record.id, own);
    own.answer = first(call, record, plan.recordsAnswers, work, own);
    return own.answer;
  };

  /** Waits for the call that has the key. `undefined` when its handler was never started. */
  const answerOf = async (
    call: CallContext,
    other: Running,
    fingerprint: string,
  ): Promise<Message | undefined> => {
    if (other.fingerprint !== fingerprint) {
      throw conflict(call);
    }
    try {
      const answer = await other.answer;
      if (answer !== undefined) {
        markReplayed(call);
      }
      return answer;
    } catch (reason) {
      if (other.wasGivenUp) {
        return undefined;
      }
      throw reason;
    }
  };

  const beginAfter = async (
    call: CallContext,
    record: AnswerRecord,
    plan: KeyPlan,
    work: () => Message | Promise<Message>,
  ): Promise<Message> => {
    for (let other = running.get(record.id); other !== undefined; other = running.get(record.id)) {
      const answer = await answerOf(call, other, record.fingerprint);
      if (answer !== undefined) {
        return answer;
      }
    }
    return begin(call, record, plan, work);
  };

  return (call, request, key, work) => {
    const { name, key: plan } = call.plan;
    if (plan === undefined) {
      throw new TypeError(`${name} takes no idempotency key`);
    }
    const id = scopeId(call.caller, name, key);
    const fingerprint = plan.fingerprint(request);
    const expiresAt = clock() + plan.ttlMs;
    const record = new AnswerRecord({ id, key, fingerprint, expiresAt, plan, call, store, errors });
    return running.has(id) ? beginAfter(call, record, plan, work) : begin(call, record, plan, work);
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
