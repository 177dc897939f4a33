import {
  type Context,
  context,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { errorEntry } from '../log/error-entry.ts';
import { isServerError, type MethodAttributes } from './conventions.ts';

/** The span of one call. Only calls that are recorded have one. */
export interface CallSpan {
  /** 32 hexadecimal digits: the trace id of the call. */
  readonly traceId: string;
  /** What children refer to. */
  readonly spanContext: SpanContext;
  /** Runs something so that spans made in it become children of this one. */
  run<T>(work: () => T): T;
  /** Messages whose making runs like that, step by step. */
  stream<T>(messages: AsyncIterable<T>): AsyncIterable<T>;
  /**
   * The call is over.
   *
   * @param code - number of its canonical status, 0 for OK
   * @param fault - what was thrown, where it is a fault of the server
   */
  end(code: number, fault?: unknown): void;
}

/** Makes a span that has begun the span of a call. */
export function callSpan(
  span: Span,
  parent: Context,
  attributes: MethodAttributes,
  protocol: string,
): CallSpan {
  const inside = trace.setSpan(parent, span);
  return {
    traceId: span.spanContext().traceId,
    spanContext: span.spanContext(),
    run: (work) => context.with(inside, work),
    stream: (messages) => steps(messages, inside),
    end: (code, fault) => {
      span.setAttributes(attributes.ended(protocol, code));
      if (fault !== undefined) {
        const { type, message, stack } = errorEntry(fault);
        span.recordException({ name: type, message, ...(stack === undefined ? {} : { stack }) });
      }
      if (isServerError(code)) {
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** A generator goes on in the context of whoever asks for the next message, so each step is entered anew. */
function steps<T>(messages: AsyncIterable<T>, inside: Context): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = context.with(inside, () => messages[Symbol.asyncIterator]());
      return {
        next: () => context.with(inside, () => iterator.next()),
        return: (value) =>
          iterator.return === undefined
            ? Promise.resolve({ done: true, value })
            : (context.with(inside, () => iterator.return?.(value)) ??
              Promise.resolve({ done: true, value })),
      };
    },
  };
}
