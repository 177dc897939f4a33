import type { DescMethod, DescService, Message, Registry } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { isFault, type StatusAnswer } from '../errors/to-status.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import { type AccessLogOption, shareOf } from './access-log.ts';
import { writerOf } from './create-logger.ts';
import { errorEntry } from './error-entry.ts';
import { maskedRequest } from './masked-request.ts';
import { type CallLevel, fastLines, type MethodLines, publicLines } from './method-lines.ts';
import { createSample, type Sample } from './sample.ts';
import { scrub } from './scrub.ts';
import { type InShare, traceShare } from './trace-share.ts';

/** A call as far as the log looks at it. */
export type LoggedCall = Pick<CallContext, 'plan' | 'traceId' | 'log'> & {
  readonly caller: Pick<CallContext['caller'], 'kind'>;
  /** The caller is set for calls from this process. */
  readonly exchange: { readonly caller: unknown };
};

/** What a log of calls is made from. */
export interface CallLogOptions {
  readonly logger: Logger;
  /** Which successful calls get a line. Default: all. */
  readonly accessLog?: AccessLogOption | undefined;
  /** The types that a `google.protobuf.Any` in a request may hold. Without, it is not shown. */
  readonly registry?: Registry | undefined;
  /** Milliseconds on a clock that never goes back. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** Writes about the calls of a server. */
export interface CallLog {
  /**
   * One line for a call that was answered: at level `info`, and at level `debug` for one that came from this process,
   * since the call it belongs to has a line of its own.
   *
   * @param code - the contract's name of an outcome, or `OK`
   */
  answered(call: LoggedCall, code: string, durationMs: number): void;
  /**
   * One line for a call that failed; what only the log may know goes with it. Of calls that are refused because there are
   * too many, the first of each second by method and code, with the number of those left out before it.
   */
  failed(call: LoggedCall, failure: StatusAnswer, durationMs: number): void;
  /** Looks at what is set for a method. @throws RangeError when it is no setting */
  check(method: DescMethod): void;
  /** What came in, at level `debug`, without what the contract marks as secret. */
  request(call: LoggedCall, request: Message): void;
}

interface MethodLog {
  readonly lines: MethodLines;
  readonly isShown: InShare;
  /** By code, of refusals that come by the thousand. */
  readonly samples: Map<string, Sample>;
}

/** The log of a server's calls. */
export function createCallLog({ logger, accessLog, registry, now }: CallLogOptions): CallLog {
  const writer = writerOf(logger);
  const bindings = logger.bindings();
  const methods = new WeakMap<object, MethodLog>();

  const methodLog = (plan: { service: DescService; method: DescMethod }): MethodLog => {
    let known = methods.get(plan);
    if (known === undefined) {
      const names = { service: plan.service.typeName, method: plan.method.name };
      known = {
        lines: writer === undefined ? publicLines(logger, names) : fastLines(writer, bindings, names),
        isShown: traceShare(shareOf(accessLog, plan.method)),
        samples: new Map(),
      };
      methods.set(plan, known);
    }
    return known;
  };
  const write = (
    call: LoggedCall,
    lines: MethodLines,
    level: CallLevel,
    code: string,
    durationMs: number,
    reason?: string,
    leftOut?: number,
  ): void => lines.write(level, call.traceId, call.caller.kind, code, durationMs, reason, leftOut);
  const sampleOf = ({ samples }: MethodLog, code: string): Sample => {
    let sample = samples.get(code);
    if (sample === undefined) {
      sample = createSample(now);
      samples.set(code, sample);
    }
    return sample;
  };

  return {
    answered: (call, code, durationMs) => {
      const level = call.exchange.caller === undefined ? 'info' : 'debug';
      if (logger.isLevelEnabled(level)) {
        const { lines, isShown } = methodLog(call.plan);
        if (code !== 'OK' || isShown(call.traceId)) {
          write(call, lines, level, code, durationMs);
        }
      }
    },
    failed: (call, { cause, error, name, isOfLoad }, durationMs) => {
      const leftOut = isOfLoad ? sampleOf(methodLog(call.plan), name)() : 0;
      if (leftOut === undefined) {
        return;
      }
      const reason = scrub(error.rawMessage);
      if (isFault(error.code) || cause !== undefined) {
        const level = isFault(error.code) ? 'error' : 'warn';
        if (logger.isLevelEnabled(level)) {
          logger[level](
            {
              service: call.plan.service.typeName,
              trace_id: call.traceId,
              method: call.plan.method.name,
              caller: call.caller.kind,
              code: name,
              reason,
              latency_ms: Math.round(durationMs * 1000) / 1000,
              // Our own logger has the serializer; whatever another one has is not relied upon.
              err: writer === undefined ? errorEntry(cause ?? error) : (cause ?? error),
            },
            'call',
          );
        }
        return;
      }
      const level = isServersFailure(error.code) ? 'warn' : 'info';
      if (logger.isLevelEnabled(level)) {
        write(call, methodLog(call.plan).lines, level, name, durationMs, reason, leftOut);
      }
    },
    check: (method) => {
      shareOf(accessLog, method);
    },
    request: (call, request) => {
      if (logger.isLevelEnabled('debug')) {
        call.log.debug({ request: maskedRequest(call.plan.described, request, registry) }, 'request');
      }
    },
  };
}

/** Whether a status that is no fault is still one that those who run the server want to see. */
function isServersFailure(code: Code): boolean {
  return code === Code.Unavailable || code === Code.DeadlineExceeded;
}
