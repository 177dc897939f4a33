import type { CallContext } from './call-context.ts';

/** Begins the span of a call, if it is to be recorded. The call belongs to the span's trace from here on. */
export function beginSpan(call: CallContext): void {
  const { exchange, plan } = call;
  call.span = plan.tracing.start(exchange);
  if (call.span !== undefined) {
    exchange.traceId = call.span.traceId;
  }
}
