export type { CallSpan } from './call-span.ts';
export type { Conventions } from './conventions.ts';
export {
  createTracing,
  DEFAULT_SHARE,
  type MethodTracing,
  type TracedRequest,
  type Tracing,
  type TracingOptions,
} from './create-tracing.ts';
export { type OutgoingTrace, outgoingHeaders } from './outgoing.ts';
export { formatTraceparent, parseTraceparent, SAMPLED, type TraceParent } from './traceparent.ts';
