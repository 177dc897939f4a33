import { create, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import { CallFailure } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { stampOutcome, toOutcome } from '../errors/to-outcome.ts';
import { retryAfter } from '../errors/to-status.ts';
import type { CallContext } from './call-context.ts';
import { userIdOf } from './principal.ts';
import { isThenable } from './promise.ts';
import type { Runtime } from './runtime.ts';

/** A complete message of what a handler gave back. */
export function complete(call: CallContext, answer: unknown): Message {
  const { output } = call.method;
  return create(output, answer as MessageInitShape<typeof output>);
}

/** What of an answer the caller may see. @throws CallFailure NOT_FOUND when it is another's. */
export function visible(call: CallContext, answer: Message): Message {
  const { guard } = call.plan;
  if (guard === undefined || call.caller.actsForAnyone) {
    return answer;
  }
  const own = guard(answer, userIdOf(call.caller));
  if (own === undefined) {
    call.log.warn('the answer belongs to somebody else and was held back');
    throw runtimeFailure('NOT_FOUND', 'not found');
  }
  return own;
}

/** A refusal as an answer, where its code and the method allow it; everything else is thrown on. */
export function asOutcome(runtime: Runtime, call: CallContext, reason: unknown): Message {
  const outcome = toOutcome(runtime.errors, call.plan, reason, call.traceId);
  if (outcome === undefined) {
    throw reason;
  }
  if (reason instanceof CallFailure && reason.retryAfterMs !== undefined) {
    call.responseHeader.set('retry-after', retryAfter(reason.retryAfterMs));
  }
  return outcome;
}

/**
 * Runs the handler of a unary method; a promise only when the handler gives one. Outcomes are answers; what is thrown
 * is a failure.
 */
export function handle(runtime: Runtime, call: CallContext, request: Message): Message | Promise<Message> {
  try {
    const answer = call.plan.handler?.(request, call);
    return isThenable(answer) ? handled(runtime, call, answer) : finished(runtime, call, answer);
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}

async function handled(runtime: Runtime, call: CallContext, pending: PromiseLike<unknown>): Promise<Message> {
  try {
    return finished(runtime, call, await pending);
  } catch (reason) {
    return asOutcome(runtime, call, reason);
  }
}

function finished(runtime: Runtime, call: CallContext, answer: unknown): Message {
  const message = visible(call, complete(call, answer));
  stampOutcome(runtime.errors, call.plan, message, call);
  return message;
}
