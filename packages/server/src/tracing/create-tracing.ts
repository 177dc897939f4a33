import type { DescMethod } from '@bufbuild/protobuf';
import {
  type Context,
  context,
  createTraceState,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { traceShare } from '../log/trace-share.ts';
import { type CallSpan, callSpan } from './call-span.ts';
import { type Conventions, methodAttributes, serverAttributes } from './conventions.ts';
import { parseTraceparent, SAMPLED, type TraceParent } from './traceparent.ts';

/** The share of traces that are recorded where nobody says otherwise. */
export const DEFAULT_SHARE = 0.1;

/** What tracing is made from. */
export interface TracingOptions {
  /**
   * The share of a method's calls that are recorded, 0 to 1, where the call does not belong to a trace already: then
   * the trace's own decision holds. Asked once per method. Default {@link DEFAULT_SHARE}.
   */
  readonly sampling?: ((method: DescMethod) => number) | undefined;
  /** Default: `stable`. */
  readonly conventions?: Conventions | undefined;
}

/** A request as far as tracing looks at it. */
export interface TracedRequest {
  /** The trace id of the call; that of its `traceparent`, where it has a valid one. */
  readonly traceId: string;
  /** `grpc`, `grpc-web`, `connect`, … */
  readonly protocol: string;
  /** The whole address that was called. */
  readonly url: string;
  /** Address of the connected peer. */
  readonly peer: string | undefined;
  readonly header: Pick<Headers, 'get'>;
}

/** Traces the calls of one method. */
export interface MethodTracing {
  /** Whether the trace of a call is recorded: what `traceparent` says, else by the method's share of trace ids. */
  isSampled(traceId: string, parent: TraceParent | undefined): boolean;
  /** Begins the span of a call, if it is to be recorded. The call takes over the span's trace id. */
  start(request: TracedRequest): CallSpan | undefined;
}

/** Traces the calls of a server with whatever OpenTelemetry SDK the program has registered. */
export interface Tracing {
  /** Whether there is an SDK. While there is none, nothing but this needs to be looked at. */
  enabled(): boolean;
  /** Looks again for an SDK that was registered meanwhile. */
  refresh(): void;
  /** @throws RangeError for a share that is no number from 0 to 1 */
  method(method: DescMethod): MethodTracing;
}

/** Tracing by the conventions of OpenTelemetry for RPC servers. Only W3C headers are understood; baggage is left alone. */
export function createTracing({ sampling, conventions = 'stable' }: TracingOptions = {}): Tracing {
  const tracer = trace.getTracer('@traffic-tacos/server');
  let enabled = hasProvider();
  return {
    enabled() {
      return enabled;
    },
    refresh: () => {
      enabled = hasProvider();
    },
    method: (method) => {
      const name = `${method.parent.typeName}/${method.name}`;
      const inShare = traceShare(sampling?.(method) ?? DEFAULT_SHARE);
      const attributes = methodAttributes(method, conventions);
      const isSampled = (traceId: string, parent: TraceParent | undefined): boolean =>
        parent === undefined ? inShare(traceId) : (parent.flags & SAMPLED) !== 0;
      return {
        isSampled,
        start: (request) => {
          const parent = parentOf(request, isSampled);
          if (parent === undefined) {
            return undefined;
          }
          const { peer, protocol, url } = request;
          const options = {
            kind: SpanKind.SERVER,
            attributes: {
              ...attributes.started(protocol),
              ...serverAttributes(url),
              ...(peer === undefined ? {} : { 'network.peer.address': peer, 'client.address': peer }),
            },
          };
          const span = tracer.startSpan(name, options, parent);
          // The SDK has a sampler of its own.
          return span.isRecording() ? callSpan(span, parent, attributes, protocol) : undefined;
        },
      };
    },
  };
}

/** The context that the span of a call begins in; `undefined` for a call that is not recorded. */
function parentOf(request: TracedRequest, isSampled: MethodTracing['isSampled']): Context | undefined {
  const active = context.active();
  // Something else in this process has begun a span for the request, or is making this very call.
  const around = trace.getSpanContext(active);
  if (around !== undefined) {
    return (around.traceFlags & SAMPLED) === 0 ? undefined : active;
  }
  const sent = parseTraceparent(request.header.get('traceparent'));
  if (!isSampled(request.traceId, sent)) {
    return undefined;
  }
  return sent === undefined ? ROOT_CONTEXT : remote(sent, request.header.get('tracestate'));
}

function remote({ traceId, spanId, flags }: TraceParent, tracestate: string | null): Context {
  const spanContext: SpanContext = {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(tracestate === null ? {} : { traceState: createTraceState(tracestate) }),
  };
  return trace.setSpanContext(ROOT_CONTEXT, spanContext);
}

/** Whether a program has registered an SDK. Without, the API hands out a stand-in that leads nowhere. */
function hasProvider(): boolean {
  const provider: object = trace.getTracerProvider();
  return 'getDelegateTracer' in provider && typeof provider.getDelegateTracer === 'function'
    ? provider.getDelegateTracer('@traffic-tacos/server') !== undefined
    : true;
}
