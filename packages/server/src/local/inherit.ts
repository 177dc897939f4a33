import type { CallOptions, HandlerContext } from '@connectrpc/connect';
import { type Call, callOf } from '../call.ts';
import { CallContext } from '../pipeline/call-context.ts';
import { newSpanId } from '../pipeline/trace.ts';
import { outgoingHeaders } from '../tracing/index.ts';
import { LocalExchange } from './local-exchange.ts';

/**
 * Options for a call that a handler makes on the way to its own answer, in this process or to another server: it
 * belongs to the same trace, has the time that is left, and is cancelled together with the handler's call.
 *
 * @example
 * const { seats } = await inventory.listSeats({ eventId }, inherit(context));
 */
export function inherit(context: HandlerContext): CallOptions & { headers: Record<string, string> } {
  const call = callOf(context);
  const left = context.timeoutMs();
  return {
    signal: context.signal,
    headers: outgoingHeaders({
      traceId: call.traceId,
      span: call instanceof CallContext ? call.span : undefined,
      header: { get: (name) => requestHeader(context, call, name) },
      isSampled: () => call instanceof CallContext && call.plan.tracing.isSampled(call.traceId, undefined),
      newSpanId,
    }),
    // 0 would mean no limit at all.
    ...(left === undefined ? {} : { timeoutMs: Math.max(1, left) }),
  };
}

/** A header of the handler's request. Those of a call in this process stay what they are. */
function requestHeader(context: HandlerContext, call: Call, name: string): string | null {
  return call instanceof CallContext && call.exchange instanceof LocalExchange
    ? call.exchange.headerValue(name)
    : context.requestHeader.get(name);
}
