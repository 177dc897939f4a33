import type { Message } from '@bufbuild/protobuf';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { stampOutcome } from '../errors/to-outcome.ts';
import { toStatus } from '../errors/to-status.ts';
import { logAnswer, logFailure, logRequest } from '../log/call-log.ts';
import { admit, checkRequest } from './admission.ts';
import { complete, visible } from './answer.ts';
import { CallContext } from './call-context.ts';
import type { Exchange } from './exchange.ts';
import type { MethodPlan } from './method-plan.ts';
import type { Runtime } from './runtime.ts';
import { watchStream } from './stream-watch.ts';

/** The request of a server stream, or the requests of a client or two-way stream. */
export type StreamInput = Message | AsyncIterable<Message>;

/** Whether a stream is one that clients open again when it ends, so that it need not be waited for. */
export function isResumable(plan: MethodPlan): boolean {
  const { idleTimeoutMs, maxLifetimeMs } = plan.policy.stream;
  const { methodKind } = plan.method;
  const isSubscription = methodKind === 'server_streaming' || methodKind === 'bidi_streaming';
  return isSubscription && (idleTimeoutMs > 0 || maxLifetimeMs > 0);
}

/**
 * Serves one stream with all its policies. Idle time and lifetime bound it in place of a deadline. Every answer
 * is checked for its owner; outcomes are statuses.
 *
 * @throws ConnectError for every failure
 */
export async function* openStream(
  runtime: Runtime,
  plan: MethodPlan,
  input: StreamInput,
  exchange: Exchange,
): AsyncGenerator<Message, void> {
  const startedAt = performance.now();
  const { idleTimeoutMs, maxLifetimeMs } = plan.policy.stream;
  const { timeoutMs } = exchange;
  const bounds = [timeoutMs, maxLifetimeMs || undefined].filter((bound) => bound !== undefined);
  const call = new CallContext(
    plan,
    exchange,
    bounds.length === 0 ? undefined : Math.min(...bounds),
    runtime,
  );
  let answers: AsyncIterator<unknown> | undefined;
  let ended = false;

  const end = (reason?: unknown): unknown => {
    if (ended) {
      return reason;
    }
    ended = true;
    stopListening();
    watch.stop();
    runtime.running.delete(call);
    call.finish();
    // A handler that waits for something ends when that something does.
    answers?.return?.().then(undefined, ignore);
    if (reason === undefined) {
      logAnswer(runtime.logger, call, 'OK', startedAt);
      return undefined;
    }
    const status = toStatus(runtime.errors, reason, call.traceId);
    logFailure(runtime.logger, call, status, startedAt);
    return status.error;
  };

  runtime.running.add(call);
  const limits = {
    idleMs: idleTimeoutMs || undefined,
    lifetimeMs: maxLifetimeMs || undefined,
    timeoutMs,
    stallMs: runtime.stallMs,
  };
  const watch = watchStream(call, limits, (reason) => {
    // This generator is suspended until somebody reads, and nobody does.
    end(reason);
    exchange.reset();
  });
  const stopListening = exchange.onCancel(() =>
    call.interrupt(runtimeFailure('CANCELLED', 'the caller is gone')),
  );

  try {
    const handler = plan.handler;
    if (handler === undefined) {
      throw runtimeFailure('UNIMPLEMENTED', `${plan.name} is not implemented`);
    }
    const checked = await watch.race(prepare(runtime, call, input, watch.touch));
    const answered = handler(checked, call);
    answers = isAsyncIterable(answered) ? answered[Symbol.asyncIterator]() : single(answered);
    for (;;) {
      const step = await watch.race(answers.next());
      if (step.done === true) {
        answers = undefined;
        break;
      }
      const message = visible(call, complete(call, step.value));
      stampOutcome(runtime.errors, plan, message, call.traceId);
      watch.handOver();
      yield message;
      watch.takenOver();
    }
    end();
  } catch (reason) {
    throw end(reason);
  } finally {
    // The reader has left without being told to.
    end(call.interruption ?? runtimeFailure('CANCELLED', 'the caller is gone'));
  }
}

/** The input as the handler gets it: every request is checked before the handler sees it. */
async function prepare(
  runtime: Runtime,
  call: CallContext,
  input: StreamInput,
  touch: () => void,
): Promise<StreamInput> {
  if (isAsyncIterable(input)) {
    await admit(runtime, call, undefined);
    return checkedRequests(call, input, touch);
  }
  logRequest(runtime.logger, call, input);
  await admit(runtime, call, input);
  checkRequest(call, input);
  return input;
}

async function* checkedRequests(
  call: CallContext,
  requests: AsyncIterable<Message>,
  touch: () => void,
): AsyncGenerator<Message> {
  for await (const request of requests) {
    touch();
    checkRequest(call, request);
    yield request;
  }
}

async function* single(answer: unknown): AsyncGenerator<unknown> {
  yield await answer;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<Message> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function ignore(): void {
  // The stream has ended for another reason.
}
