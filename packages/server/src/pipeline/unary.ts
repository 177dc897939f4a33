import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import type { CallFailure } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { outcomeIn } from '../errors/to-outcome.ts';
import { isFault, toStatus } from '../errors/to-status.ts';
import { measureTime, steadyTime } from '../time/clocks.ts';
import { beginSpan } from './begin-span.ts';
import { CallContext } from './call-context.ts';
import type { Expiring } from './deadlines.ts';
import type { Exchange } from './exchange.ts';
import type { MethodPlan } from './method-plan.ts';
import { isPromise } from './promise.ts';
import type { Runtime } from './runtime.ts';
import { work } from './work.ts';

/** Gets the one answer to a unary call. */
export interface Receiver {
  /**
   * Puts the answer into the form in which it leaves, before anybody is told that the call went well. What it throws
   * becomes the answer.
   */
  prepare?(message: Message): void;
  answered(message: Message): void;
  refused(error: ConnectError): void;
}

/**
 * Serves one unary call with all its policies. The receiver hears before this returns when nothing had to be waited
 * for.
 *
 * @param request - belongs to the call: its principal may be filled in
 */
export function serveUnary(
  runtime: Runtime,
  plan: MethodPlan,
  request: Message,
  exchange: Exchange,
  receiver: Receiver,
): void {
  const startedAt = steadyTime();
  const { timeoutMs } = exchange;
  const limitMs =
    timeoutMs === undefined ? plan.deadlineMs : Math.max(0, Math.min(plan.deadlineMs, timeoutMs));
  const call = new CallContext(plan, exchange, limitMs, runtime);
  if (runtime.tracing.enabled()) {
    beginSpan(call);
  }
  const run = new UnaryRun(runtime, call, startedAt, limitMs, receiver);
  runtime.running.add(call);
  runtime.deadlines.add(run, limitMs, startedAt);
  call.onInterrupt = run;
  exchange.watchCancel(call);
  if (limitMs <= 0) {
    // It would depend on the handler's speed whether anybody notices.
    run.failed(run.timeUp());
    return;
  }
  let answer: Message | Promise<Message>;
  try {
    answer =
      call.span === undefined
        ? intercepted(runtime, call, request)
        : call.span.run(() => intercepted(runtime, call, request));
  } catch (reason) {
    run.failed(reason);
    return;
  }
  if (isPromise(answer)) {
    // What has been done for this call is not the next one's.
    measureTime();
    answer.then(
      (message) => run.answered(message),
      (reason: unknown) => run.failed(reason),
    );
  } else {
    run.answered(answer);
  }
}

/**
 * As {@link serveUnary}, as a promise.
 *
 * @throws ConnectError for every failure
 */
export function invokeUnary(
  runtime: Runtime,
  plan: MethodPlan,
  request: Message,
  exchange: Exchange,
): Promise<Message> {
  return new Promise((answered, refused) =>
    serveUnary(runtime, plan, request, exchange, {
      prepare: (message) => exchange.checkAnswer?.(message),
      answered,
      refused,
    }),
  );
}

function intercepted(runtime: Runtime, call: CallContext, request: Message): Message | Promise<Message> {
  const { intercept } = runtime;
  return intercept === undefined
    ? work(runtime, call, request)
    : intercept.unary(call, request, (own) => work(runtime, call, own));
}

/** Refuses a call whose request could not be read. */
export function refuseUnread(
  runtime: Runtime,
  plan: MethodPlan,
  exchange: Exchange,
  reason: unknown,
): ConnectError {
  measureTime();
  const call = new CallContext(plan, exchange, undefined, runtime);
  const status = toStatus(runtime.errors, reason, call.traceId);
  runtime.log.failed(call, status, 0);
  plan.metrics?.record(status.error.code, 0);
  return status.error;
}

/** A call on its way to the first of: answer, failure, deadline, a caller who is gone. A class: one for each call. */
class UnaryRun implements Expiring {
  nextExpiring: Expiring | undefined = undefined;
  previousExpiring: Expiring | undefined = undefined;
  expiresAt = 0;
  slot = -1;
  readonly #startedAt: number;
  readonly #runtime: Runtime;
  readonly #call: CallContext;
  readonly #limitMs: number;
  readonly #receiver: Receiver;
  #settled = false;

  constructor(runtime: Runtime, call: CallContext, startedAt: number, limitMs: number, receiver: Receiver) {
    this.#startedAt = startedAt;
    this.#runtime = runtime;
    this.#call = call;
    this.#limitMs = limitMs;
    this.#receiver = receiver;
    call.plan.metrics?.started();
  }

  answered(message: Message): void {
    this.#ended();
    if (this.#settle()) {
      try {
        this.#receiver.prepare?.(message);
      } catch (reason) {
        this.#refuse(reason);
        return;
      }
      try {
        const code = outcomeIn(this.#runtime.errors, this.#call.plan, message)?.name ?? 'OK';
        this.#runtime.log.answered(this.#call, code, this.#count(0));
        this.#call.span?.end(0);
      } catch (err) {
        // What is written about a call must not keep its answer back, nor end the process.
        this.#runtime.logger.error({ err, trace_id: this.#call.traceId }, 'a call could not be logged');
      }
      this.#receiver.answered(message);
    }
  }

  failed(reason: unknown): void {
    this.#ended();
    if (this.#settle()) {
      this.#refuse(reason);
    } else if (this.#call.interruption !== undefined) {
      logLate(this.#runtime, this.#call, this.#call.interruption, reason);
    }
  }

  interrupted(reason: CallFailure): void {
    if (this.#settle()) {
      this.#refuse(reason);
    }
  }

  expire(): void {
    this.#call.interrupt(this.timeUp());
  }

  timeUp(): CallFailure {
    const { plan, exchange } = this.#call;
    // What of the client's time was spent on the way is nothing that the client knows.
    const deadlineMs =
      this.#limitMs === plan.deadlineMs ? plan.deadlineMs : (exchange.askedTimeoutMs ?? this.#limitMs);
    const shownMs = Math.ceil(deadlineMs);
    return runtimeFailure('TIMEOUT', `the call exceeded its deadline of ${shownMs} ms`);
  }

  /** The handler has come to its end, whether or not somebody still waits for it. */
  #ended(): void {
    this.#runtime.running.delete(this.#call);
    this.#call.finish();
  }

  #settle(): boolean {
    if (this.#settled) {
      return false;
    }
    this.#settled = true;
    this.#runtime.deadlines.remove(this);
    this.#call.exchange.unwatchCancel();
    return true;
  }

  #refuse(reason: unknown): void {
    const status = toStatus(this.#runtime.errors, reason, this.#call.traceId);
    this.#runtime.log.failed(this.#call, status, this.#count(status.error.code));
    this.#call.span?.end(status.error.code, isFault(status.error.code) ? status.cause : undefined);
    this.#receiver.refused(status.error);
  }

  /** Gives back the milliseconds that the call took. */
  #count(code: number): number {
    const { plan, exchange } = this.#call;
    const durationMs = measureTime() - this.#startedAt;
    const isLocal = exchange.caller !== undefined;
    plan.metrics?.ended(code, durationMs / 1000, isLocal);
    if (isLocal) {
      plan.backend?.record(code, durationMs / 1000);
    }
    return durationMs;
  }
}

/** The caller has been told something else already; a fault must not be lost for that. */
function logLate(runtime: Runtime, call: CallContext, told: CallFailure, reason: unknown): void {
  const { cause } = toStatus(runtime.errors, reason, call.traceId);
  if (reason !== told && cause !== undefined) {
    call.log.error({ err: cause, told: told.code }, 'a handler failed when nobody waited for it any more');
  }
}
