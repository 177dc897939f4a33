import type { Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { isFault, type StatusAnswer } from '../errors/to-status.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import { maskedRequest } from './masked-request.ts';

function line(call: CallContext, code: string, startedAt: number) {
  return {
    service: call.service.typeName,
    method: call.method.name,
    trace_id: call.traceId,
    caller: call.caller.kind,
    code,
    latency_ms: Math.round((performance.now() - startedAt) * 1000) / 1000,
  };
}

/**
 * One line for a call that was answered: at level `debug` for one that came from this process, since the call it
 * belongs to has a line of its own.
 */
export function logAnswer(logger: Logger, call: CallContext, code: string, startedAt: number): void {
  if (call.exchange.caller === undefined) {
    logger.info(line(call, code, startedAt), 'call');
  } else if (logger.isLevelEnabled('debug')) {
    logger.debug(line(call, code, startedAt), 'call');
  }
}

/** One line for a call that failed; what only the log may know goes with it. */
export function logFailure(
  logger: Logger,
  call: CallContext,
  failure: StatusAnswer,
  startedAt: number,
): void {
  const { cause, error, name } = failure;
  const entry = { ...line(call, name, startedAt), reason: error.rawMessage };
  if (isFault(error.code)) {
    logger.error({ ...entry, err: cause ?? error }, 'call');
  } else if (error.code === Code.Unavailable || error.code === Code.DeadlineExceeded || cause !== undefined) {
    logger.warn(cause === undefined ? entry : { ...entry, err: cause }, 'call');
  } else {
    logger.info(entry, 'call');
  }
}

/** What came in, at level `debug`. */
export function logRequest(logger: Logger, call: CallContext, request: Message): void {
  if (logger.isLevelEnabled('debug')) {
    call.log.debug({ request: maskedRequest(call.plan.described, request) }, 'request');
  }
}
