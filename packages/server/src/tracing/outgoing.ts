import { context, trace } from '@opentelemetry/api';
import type { CallSpan } from './call-span.ts';
import { formatTraceparent, parseTraceparent, SAMPLED } from './traceparent.ts';

/** The trace that a call made by a handler belongs to. */
export interface OutgoingTrace {
  /** The trace id of the handler's own call. */
  readonly traceId: string;
  /** The span of the handler's own call, where it has one. */
  readonly span: Pick<CallSpan, 'spanContext'> | undefined;
  /** The headers of the handler's own call. */
  readonly header: Pick<Headers, 'get'>;
  /** Whether a trace that begins here is recorded; asked only then. */
  isSampled(): boolean;
  /** 16 hexadecimal digits; asked only where a trace begins here. */
  newSpanId(): string;
}

/**
 * The headers by which a call that a handler makes belongs to the handler's trace: those of the span that is active
 * at the moment; else, where this server makes no spans, what the caller sent; else those of a new trace.
 */
export function outgoingHeaders(call: OutgoingTrace): Record<string, string> {
  const active = trace.getSpanContext(context.active());
  // A program need not have registered what tells which span is active.
  const span = active?.traceId === call.traceId ? active : call.span?.spanContext;
  if (span !== undefined) {
    const { traceId, spanId, traceFlags: flags, traceState } = span;
    return withState(formatTraceparent({ traceId, spanId, flags }), traceState?.serialize());
  }
  const sent = call.header.get('traceparent');
  if (sent !== null && parseTraceparent(sent) !== undefined) {
    return withState(sent, call.header.get('tracestate'));
  }
  const { traceId } = call;
  const flags = call.isSampled() ? SAMPLED : 0;
  return withState(formatTraceparent({ traceId, spanId: call.newSpanId(), flags }), undefined);
}

function withState(traceparent: string, tracestate: string | null | undefined): Record<string, string> {
  return tracestate ? { traceparent, tracestate } : { traceparent };
}
