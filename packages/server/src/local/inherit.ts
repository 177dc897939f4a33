import type { CallOptions, HandlerContext } from '@connectrpc/connect';
import { type Call, callOf } from '../call.ts';
import { CallContext } from '../pipeline/call-context.ts';
import { newSpanId } from '../pipeline/trace.ts';
import { outgoingHeaders } from '../tracing/index.ts';
import { LocalExchange } from './local-exchange.ts';

/** Options of a call that a handler makes. */
export type InheritedOptions = CallOptions & { readonly headers: Record<string, string> };

/** What ties options to the call that they were made for. A copy of them, which may say something else, is not tied. */
interface Tie {
  readonly call: CallContext;
  readonly options: InheritedOptions;
}

const TIE = Symbol('inherited from');

/**
 * Options for a call that a handler makes on the way to its own answer, in this process or to another server: it
 * belongs to the same trace, has the time that is left, and is cancelled together with the handler's call. Signal and
 * headers come into being when they are read, which a call in this process does not need.
 *
 * @example
 * const { seats } = await inventory.listSeats({ eventId }, inherit(context));
 */
export function inherit(context: HandlerContext): InheritedOptions {
  const call = callOf(context);
  const left = context.timeoutMs();
  let headers: Record<string, string> | undefined;
  const options = {
    get signal() {
      return context.signal;
    },
    get headers() {
      headers ??= headersFor(context, call);
      return headers;
    },
    // 0 would mean no limit at all.
    ...(left === undefined ? {} : { timeoutMs: Math.max(1, left) }),
    [TIE]: undefined as Tie | undefined,
  };
  if (call instanceof CallContext) {
    options[TIE] = { call, options };
  }
  return options;
}

/** The call that options were made for by {@link inherit}, where they say what it has said and nothing else. */
export function inheritedFrom(options: CallOptions | undefined): CallContext | undefined {
  const tie = (options as { readonly [TIE]?: Tie } | undefined)?.[TIE];
  return tie?.options === options ? tie?.call : undefined;
}

function headersFor(context: HandlerContext, call: Call): Record<string, string> {
  return outgoingHeaders({
    traceId: call.traceId,
    span: call instanceof CallContext ? call.span : undefined,
    header: { get: (name) => requestHeader(context, call, name) },
    isSampled: () => call instanceof CallContext && call.plan.tracing.isSampled(call.traceId, undefined),
    newSpanId,
  });
}

/** A header of the handler's request. Those of a call in this process stay what they are. */
function requestHeader(context: HandlerContext, call: Call, name: string): string | null {
  return call instanceof CallContext && call.exchange instanceof LocalExchange
    ? call.exchange.headerValue(name)
    : context.requestHeader.get(name);
}
