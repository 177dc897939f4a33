import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createTracing, type TracedRequest, type TracingOptions } from './index.ts';
import { OWN, request, SPAN, sampled, TRACE, unsampled } from './testdata/request.ts';
import { registerSdk } from './testdata/sdk.ts';

const { getBook } = LibraryService.method;
const always = { sampling: () => 1 };

function start(sent: TracedRequest, options: TracingOptions = always) {
  return createTracing(options).method(getBook).start(sent);
}

test('without an SDK tracing is off, and it is on when there is one', () => {
  const tracing = createTracing();
  expect(tracing.enabled()).toBe(false);
  registerSdk();
  expect(tracing.enabled()).toBe(false);
  tracing.refresh();

  expect(tracing.enabled()).toBe(true);
  expect(createTracing().enabled()).toBe(true);
});

test('a call is a server span with the conventions’ name and attributes', () => {
  const { spans } = registerSdk();
  start(request())?.end(0);

  expect(spans()).toMatchObject([
    {
      name: 'library.v1.LibraryService/GetBook',
      kind: SpanKind.SERVER,
      attributes: {
        'rpc.system.name': 'grpc',
        'rpc.method': 'library.v1.LibraryService/GetBook',
        'rpc.status_code': 'OK',
        'server.address': 'shop.example',
        'server.port': 8080,
        'network.peer.address': '10.0.0.7',
        'client.address': '10.0.0.7',
      },
      status: { code: SpanStatusCode.UNSET },
    },
  ]);
  expect(spans()[0]?.parentSpanContext).toBeUndefined();
});

test.each([
  ['grpc', 5, { 'rpc.status_code': 'NOT_FOUND', 'error.type': 'NOT_FOUND' }, SpanStatusCode.UNSET],
  ['grpc-web', 13, { 'rpc.system.name': 'grpc', 'rpc.status_code': 'INTERNAL' }, SpanStatusCode.ERROR],
  ['connect', 1, { 'rpc.system.name': 'connectrpc', 'rpc.status_code': 'canceled' }, SpanStatusCode.UNSET],
  ['connect', 14, { 'rpc.status_code': 'unavailable', 'error.type': 'unavailable' }, SpanStatusCode.ERROR],
])('a failed call over %s with code %i', (protocol, code, attributes, status) => {
  const { spans } = registerSdk();
  start(request({}, { protocol }))?.end(code);

  expect(spans()[0]).toMatchObject({ attributes, status: { code: status } });
});

test.each([
  ['grpc', 5, { 'rpc.system': 'grpc', 'rpc.grpc.status_code': 5 }],
  ['connect', 5, { 'rpc.system': 'connect_rpc', 'rpc.connect_rpc.error_code': 'not_found' }],
])('the previous conventions, over %s', (protocol, code, attributes) => {
  const { spans } = registerSdk();
  start(request({}, { protocol }), { ...always, conventions: 'previous' })?.end(code);

  expect(spans()[0]?.attributes).toMatchObject({
    'rpc.service': 'library.v1.LibraryService',
    'rpc.method': 'GetBook',
    ...attributes,
  });
});

test.each([
  ['https://[::1]/x', { 'server.address': '::1', 'server.port': 443 }],
  ['http://shop.example/x', { 'server.address': 'shop.example', 'server.port': 80 }],
])('the address that was called: %s', (url, attributes) => {
  const { spans } = registerSdk();
  start(request({}, { url }))?.end(0);

  expect(spans()[0]?.attributes).toMatchObject(attributes);
});

test.each(['local:/library.v1.LibraryService/GetBook', '/library.v1.LibraryService/GetBook'])(
  'an address without a host is none: %s',
  (url) => {
    const { spans } = registerSdk();
    start(request({}, { url }))?.end(0);

    expect(spans()[0]?.attributes).not.toHaveProperty('server.address');
  },
);

test('a call belongs to the trace that it came with', () => {
  const { spans } = registerSdk();
  const span = start(request(sampled), { sampling: () => 0 });
  span?.end(0);

  expect(span?.traceId).toBe(TRACE);
  expect(spans()).toHaveLength(1);
  expect(spans()[0]?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
  expect(spans()[0]?.spanContext().traceState?.serialize()).toBe('a=1,b=2');
});

test('a trace that is not recorded stays so', () => {
  const { spans } = registerSdk();

  expect(start(request(unsampled))).toBeUndefined();
  expect(spans()).toEqual([]);
});

test('a traceparent that is not valid counts as none', () => {
  const { spans } = registerSdk();
  start(request({ traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` }, { traceId: OWN }))?.end(0);

  expect(spans()[0]?.parentSpanContext).toBeUndefined();
  expect(start(request({ traceparent: 'garbage' }), { sampling: () => 0 })).toBeUndefined();
});

test('new traces are recorded by the method’s share, a tenth where nobody says otherwise', () => {
  const { spans } = registerSdk();
  const byMethod = createTracing({ sampling: ({ name }) => (name === 'LendBook' ? 1 : 0) });
  byMethod.method(LibraryService.method.lendBook).start(request())?.end(0);
  byMethod.method(getBook).start(request())?.end(0);
  expect(spans().map(({ name }) => name)).toEqual(['library.v1.LibraryService/LendBook']);

  const tracing = createTracing().method(getBook);
  const ids = Array.from({ length: 1000 }, (_, number) =>
    Math.ceil((number / 1000) * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
      .padEnd(14, '0')
      .padStart(32, 'a'),
  );
  expect(ids.filter((traceId) => tracing.start(request({}, { traceId })) !== undefined)).toHaveLength(100);
  expect(ids.filter((traceId) => tracing.isSampled(traceId, undefined))).toHaveLength(100);
});

test('a share that is none is refused', () => {
  expect(() => createTracing({ sampling: () => 2 }).method(getBook)).toThrow(/the share of traces is 2/);
});

test('what the SDK’s own sampler leaves out has no span', () => {
  registerSdk(new ParentBasedSampler({ root: new AlwaysOffSampler() }));

  expect(start(request())).toBeUndefined();
});

test('spans that a handler makes are children of its call’s', async () => {
  const { spans } = registerSdk();
  const own = trace.getTracer('shop');
  const span = start(request());
  await span?.run(async () => {
    await Promise.resolve();
    own.startSpan('query').end();
  });
  span?.end(0);
  const [query, call] = spans();

  expect(query).toMatchObject({ name: 'query', parentSpanContext: { spanId: call?.spanContext().spanId } });
});

test('spans that the handler of a stream makes are children of its call’s, at every step', async () => {
  const { spans } = registerSdk();
  const own = trace.getTracer('shop');
  const span = start(request());
  async function* handler(): AsyncGenerator<number> {
    try {
      for (let number = 0; ; number++) {
        own.startSpan(`step ${number}`).end();
        yield number;
        await Promise.resolve();
      }
    } finally {
      own.startSpan('clean-up').end();
    }
  }
  for await (const number of span?.stream(handler()) ?? []) {
    if (number === 2) {
      break;
    }
  }
  span?.end(0);
  const call = spans().at(-1);

  expect(spans().map(({ name }) => name)).toEqual(['step 0', 'step 1', 'step 2', 'clean-up', call?.name]);
  for (const child of spans().slice(0, -1)) {
    expect(child.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
  }
});

test('a call within another span of the process is its child, whatever the headers say', () => {
  const { spans } = registerSdk();
  const outer = start(request());
  outer?.run(() => start(request(unsampled))?.end(0));
  outer?.end(0);

  expect(spans()).toHaveLength(2);
  expect(spans()[0]?.parentSpanContext?.spanId).toBe(spans()[1]?.spanContext().spanId);
});

test('an exception is recorded without secrets', () => {
  const { spans } = registerSdk();
  start(request())?.end(13, new RangeError('cannot use Bearer abcdefghijklmnop', { cause: 'Bearer x' }));
  const [span] = spans();

  expect(span).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    events: [
      {
        name: 'exception',
        attributes: {
          'exception.type': 'RangeError',
          'exception.message': 'cannot use Bearer [secret]',
          'exception.stacktrace': expect.stringContaining('tracing.test.ts'),
        },
      },
    ],
  });
  expect(JSON.stringify([span?.events, span?.attributes, span?.status])).not.toContain('abcdefgh');
});
