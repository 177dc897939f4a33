import type { DescMethod, DescService } from '@bufbuild/protobuf';
import {
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect';
import type { Logger } from 'pino';
import { type Call, callKey, ownCall } from '../call.ts';
import { anonymous, type Caller } from '../caller.ts';
import type { CallFailure } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import type { IdempotencyRecord } from '../idempotency/store.ts';
import type { CallSpan } from '../tracing/index.ts';
import type { CancelListener, Exchange } from './exchange.ts';
import type { MethodPlan } from './method-plan.ts';
import type { Running } from './running-calls.ts';

/** What a call needs from its server. */
export interface CallEnvironment {
  readonly logger: Logger;
  readonly clock: () => number;
  /** The limit of a call that has become independent of its client. */
  readonly maxDeadlineMs: number;
}

/** Is told once that nobody waits any more. */
export interface InterruptListener {
  interrupted(reason: CallFailure): void;
}

/**
 * One call: the context of its handler and what the policies know, in one object. A class, because there is one
 * for each call and most calls ask for little of it: signals, headers and loggers are made when first asked for.
 */
export class CallContext implements HandlerContext, Call, CancelListener, Running {
  readonly [ownCall]: Call = this;
  readonly plan: MethodPlan;
  readonly exchange: Exchange;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly deadline: number | undefined;
  caller: Caller = anonymous;
  idempotency: IdempotencyRecord | undefined = undefined;
  /** Why nobody waits any more. */
  interruption: CallFailure | undefined = undefined;
  /** Only calls that are traced have one. */
  span: CallSpan | undefined = undefined;
  /** Told once about the interruption. */
  onInterrupt: InterruptListener | undefined = undefined;
  isRunning = false;
  nextRunning: CallContext | undefined = undefined;
  previousRunning: CallContext | undefined = undefined;
  readonly #environment: CallEnvironment;
  #detached = false;
  #finished = false;
  #controller: AbortController | undefined;
  /** Calls in this process that the handler makes on the way to its answer. */
  #nested: Set<CancelListener> | undefined;
  #hardLimit: NodeJS.Timeout | undefined;
  #values: ContextValues | undefined;
  #log: Logger | undefined;

  /** @param limitMs - milliseconds the call may take; `undefined` for no limit */
  constructor(
    plan: MethodPlan,
    exchange: Exchange,
    limitMs: number | undefined,
    environment: CallEnvironment,
  ) {
    this.plan = plan;
    this.exchange = exchange;
    this.#environment = environment;
    this.startedAt = environment.clock();
    this.deadline = limitMs === undefined ? undefined : this.startedAt + limitMs;
  }

  get method(): DescMethod {
    return this.plan.method;
  }
  get service(): DescService {
    return this.plan.service;
  }
  get peer(): string | undefined {
    return this.exchange.peer;
  }
  get traceId(): string {
    return this.exchange.traceId;
  }
  get requestMethod(): string {
    return this.exchange.requestMethod;
  }
  get protocolName(): string {
    return this.exchange.protocol;
  }
  get url(): string {
    return this.exchange.url;
  }
  get requestHeader(): Headers {
    return this.exchange.requestHeader;
  }
  get responseHeader(): Headers {
    return this.exchange.responseHeader;
  }
  get responseTrailer(): Headers {
    return this.exchange.responseTrailer;
  }

  get values(): ContextValues {
    if (this.#values === undefined) {
      // What came with the request stays as it is: it may belong to the call that made this one.
      const base = this.exchange.values;
      this.#values = base === undefined ? createContextValues() : (Object.create(base) as ContextValues);
      this.#values.set(callKey, this);
    }
    return this.#values;
  }

  get log(): Logger {
    this.#log ??= this.#environment.logger.child({
      service: this.service.typeName,
      method: this.method.name,
      trace_id: this.traceId,
    });
    return this.#log;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#finished) {
        this.#controller.abort(finished);
      } else if (this.interruption !== undefined && !this.#detached) {
        this.#controller.abort(asError(this.interruption));
      } else if (this.#detached) {
        this.#limitDetached();
      }
    }
    return this.#controller.signal;
  }

  timeoutMs(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - this.#environment.clock();
  }

  warn(text: string): void {
    // The form that HTTP gives the header: a code for "miscellaneous", who says it, what.
    const quoted = text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
    this.responseHeader.append('warning', `199 - "${quoted}"`);
  }

  /** From here on the handler goes on without its client: what it does is kept for the next attempt. */
  detach(): void {
    this.#detached = true;
    if (this.#controller !== undefined) {
      this.#limitDetached();
    }
  }

  /** Nobody waits for the answer any more. `force` stops a detached handler, too. */
  interrupt(reason: CallFailure, force = false): void {
    if (this.#finished) {
      return;
    }
    if (!this.#detached || force) {
      this.#controller?.abort(asError(reason));
      this.#endNested();
    }
    if (this.interruption === undefined) {
      this.interruption = reason;
      this.onInterrupt?.interrupted(reason);
    }
  }

  callerGone(): void {
    this.interrupt(runtimeFailure('CANCELLED', 'the caller is gone'));
  }

  /** The handler has ended: whatever still listens to its signal ends as well. */
  finish(): void {
    this.#finished = true;
    clearTimeout(this.#hardLimit);
    if (this.#controller?.signal.aborted === false) {
      this.#controller.abort(finished);
    }
    this.#endNested();
  }

  /**
   * Tells a call that this one's handler makes when nobody waits for this one any more, at once if that is so already:
   * what {@link signal} does, without a signal. Each such call has a deadline of its own.
   */
  watchNested(nested: CancelListener): void {
    if (this.#finished || (this.interruption !== undefined && !this.#detached)) {
      nested.callerGone();
    } else {
      this.#nested ??= new Set();
      this.#nested.add(nested);
    }
  }

  unwatchNested(nested: CancelListener): void {
    this.#nested?.delete(nested);
  }

  #endNested(): void {
    const nested = this.#nested;
    this.#nested = undefined;
    nested?.forEach((one) => {
      one.callerGone();
    });
  }

  #limitDetached(): void {
    const left = this.startedAt + this.#environment.maxDeadlineMs - this.#environment.clock();
    this.#hardLimit = setTimeout(() => this.#controller?.abort(overdue), Math.max(0, left));
  }
}

const finished = new ConnectError('the call has ended', 1);
const overdue = new ConnectError('the call exceeded the longest time any call may take', 4);

function asError(failure: CallFailure): ConnectError {
  return new ConnectError(
    failure.message,
    failure.code === 'TIMEOUT' ? 4 : failure.code === 'UNAVAILABLE' ? 14 : 1,
  );
}
