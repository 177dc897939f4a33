import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { stampOutcome } from '../errors/to-outcome.ts';
import { isFault, toStatus } from '../errors/to-status.ts';
import { measureTime } from '../time/clocks.ts';
import { complete, visible } from './answer.ts';
import { beginSpan } from './begin-span.ts';
import { CallContext } from './call-context.ts';
import type { Exchange } from './exchange.ts';
import type { StreamInput } from './intercept.ts';
import type { MethodPlan } from './method-plan.ts';
import type { Runtime } from './runtime.ts';
import { openAnswers } from './stream-input.ts';
import { clientTimeUp, watchStream } from './stream-watch.ts';

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
  const startedAt = measureTime();
  const { idleTimeoutMs, maxLifetimeMs } = plan.policy.stream;
  const { timeoutMs } = exchange;
  const bounds = [timeoutMs, maxLifetimeMs || undefined].filter((bound) => bound !== undefined);
  const call = new CallContext(
    plan,
    exchange,
    bounds.length === 0 ? undefined : Math.min(...bounds),
    runtime,
  );
  let opening: Promise<AsyncIterable<unknown>> | undefined;
  let answers: AsyncIterator<unknown> | undefined;
  /** What the handler is doing. */
  let step: Promise<IteratorResult<unknown>> | undefined;
  let ended = false;
  /** What the reader is told at the end; `undefined` when all went well. */
  let told: ConnectError | undefined;

  const end = (reason?: unknown): ConnectError | undefined => {
    if (ended) {
      return told;
    }
    ended = true;
    exchange.unwatchCancel();
    watch.stop();
    runtime.rateLimiter?.ended(call);
    call.finish();
    release();
    const durationMs = measureTime() - startedAt;
    if (reason === undefined) {
      count(0, durationMs / 1000);
      runtime.log.answered(call, 'OK', durationMs);
      call.span?.end(0);
      return undefined;
    }
    const status = toStatus(runtime.errors, reason, call.traceId);
    const { code } = status.error;
    count(code, durationMs / 1000);
    runtime.log.failed(call, status, durationMs);
    call.span?.end(code, isFault(code) ? status.cause : undefined);
    told = status.error;
    return told;
  };

  /** The stream has ended; its handler runs until what it waits for does, and the server with it. */
  const release = (): void => {
    if (opening === undefined && answers === undefined) {
      runtime.running.delete(call);
      return;
    }
    const left = answers === undefined ? opening?.then(leave) : leaveIterator(answers);
    Promise.allSettled([left, step]).then(() => runtime.running.delete(call));
  };

  if (runtime.tracing.enabled()) {
    beginSpan(call);
  }
  const { span } = call;
  const count = (code: number, seconds: number): void => {
    const isLocal = exchange.caller !== undefined;
    plan.metrics?.ended(code, seconds, isLocal);
    if (isLocal) {
      plan.backend?.record(code, seconds);
    }
  };
  plan.metrics?.started();
  runtime.running.add(call);
  const limits = {
    idleMs: idleTimeoutMs || undefined,
    lifetimeMs: maxLifetimeMs || undefined,
    timeoutMs,
    stallMs: runtime.stallMs,
  };
  const watch = watchStream(call, limits, {
    // This generator is suspended until somebody reads on; who does so in time is told why there is no more.
    behind: end,
    stalled: () => exchange.reset(),
  });
  exchange.watchCancel(call);

  try {
    if (timeoutMs !== undefined && timeoutMs <= 0) {
      throw clientTimeUp();
    }
    const open = (own: StreamInput) => openAnswers(runtime, call, own, watch.touch);
    const { intercept } = runtime;
    const begin = () => (intercept === undefined ? open(input) : intercept.stream(call, input, open));
    opening = span === undefined ? begin() : span.run(begin);
    const opened = await watch.race(opening);
    answers = (span === undefined ? opened : span.stream(opened))[Symbol.asyncIterator]();
    for (;;) {
      step = answers.next();
      const { done, value } = await watch.race(step);
      if (done === true) {
        opening = undefined;
        answers = undefined;
        break;
      }
      const message = visible(call, complete(call, value));
      stampOutcome(runtime.errors, plan, message, call);
      exchange.checkAnswer?.(message);
      watch.handOver();
      yield message;
      watch.takenOver();
    }
    end();
  } catch (reason) {
    throw end(reason);
  } finally {
    // The reader has left without being told to; one that only wanted the head has all of it.
    const left =
      exchange.requestMethod === 'HEAD' ? undefined : runtimeFailure('CANCELLED', 'the caller is gone');
    end(call.interruption ?? left);
    watch.takenOver();
  }
}

async function leave(answers: AsyncIterable<unknown>): Promise<void> {
  await leaveIterator(answers[Symbol.asyncIterator]());
}

async function leaveIterator(answers: AsyncIterator<unknown>): Promise<void> {
  await answers.return?.();
}
