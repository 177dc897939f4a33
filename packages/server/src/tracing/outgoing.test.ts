import { trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createTracing, outgoingHeaders, type TracedRequest } from './index.ts';
import { OWN, request, SPAN, sampled, TRACE, unsampled } from './testdata/request.ts';
import { registerSdk } from './testdata/sdk.ts';

function start(sent: TracedRequest) {
  return createTracing({ sampling: () => 1 })
    .method(LibraryService.method.getBook)
    .start(sent);
}

const outgoing = (sent: TracedRequest, span = start(sent), isSampled = () => true) =>
  outgoingHeaders({
    ...sent,
    traceId: span?.traceId ?? sent.traceId,
    span,
    isSampled,
    newSpanId: () => SPAN,
  });

test('calls that a handler makes carry the active span', () => {
  const { spans } = registerSdk();
  const sent = request(sampled);
  const span = start(sent);
  const headers = span?.run(() => [
    outgoing(sent, span),
    trace.getTracer('shop').startActiveSpan('query', (query) => {
      const inner = outgoing(sent, span);
      query.end();
      return inner;
    }),
  ]);
  span?.end(0);
  const [query, call] = spans().map((each) => each.spanContext().spanId);

  expect(headers).toEqual([
    { traceparent: `00-${TRACE}-${call}-01`, tracestate: 'a=1,b=2' },
    { traceparent: `00-${TRACE}-${query}-01`, tracestate: 'a=1,b=2' },
  ]);
  // Also where nothing tells which span is active.
  expect(outgoing(sent, span)).toEqual(headers?.[0]);
});

test('without spans of its own the server hands on what it was sent', () => {
  expect(outgoing(request(sampled))).toEqual(sampled);
  expect(outgoing(request(unsampled))).toEqual(unsampled);
  registerSdk();
  expect(outgoing(request(unsampled))).toEqual(unsampled);
});

test('a trace that begins here says whether it is recorded', () => {
  expect(outgoing(request(), undefined, () => true)).toEqual({ traceparent: `00-${OWN}-${SPAN}-01` });
  expect(outgoing(request(), undefined, () => false)).toEqual({ traceparent: `00-${OWN}-${SPAN}-00` });
});
