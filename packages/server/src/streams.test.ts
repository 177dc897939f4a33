import http2 from 'node:http2';
import { createClient } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, grpcClient, type Served, serve, transports } from './testdata/serve.ts';

/** Reads a stream to its end, however it ends. */
async function readAll<T>(stream: AsyncIterable<T>): Promise<{ messages: T[]; failure: Promise<unknown> }> {
  const messages: T[] = [];
  try {
    for await (const message of stream) {
      messages.push(message);
    }
    return { messages, failure: Promise.resolve() };
  } catch (reason) {
    const failure = Promise.reject(reason);
    failure.catch(() => undefined);
    return { messages, failure };
  }
}

/** A call of WatchBook whose answers nobody reads yet. */
function rawStream(
  { url }: Served,
  request: { book_id: string; every_ms?: number },
  headers: Record<string, string>,
): http2.ClientHttp2Stream {
  const session = http2.connect(url);
  onTestFinished(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': '/library.v1.LibraryService/WatchBook',
    'content-type': 'application/grpc+json',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  const body = Buffer.from(JSON.stringify(request));
  const envelope = Buffer.alloc(5);
  envelope.writeUInt32BE(body.length, 1);
  stream.end(Buffer.concat([envelope, body]));
  return stream;
}

test.each(Object.entries(transports))('SECURITY 20: an idle stream ends, by %s', async (_name, transport) => {
  const served = await serve();
  const client = createClient(LibraryService, transport(served.url));
  const { messages, failure } = await readAll(client.watchBook({ bookId: 'dune', everyMs: 60_000 }));

  expect(messages).toHaveLength(1);
  expect(await failureOf(failure)).toMatchObject({
    status: 'DeadlineExceeded',
    code: 'TIMEOUT',
    message: 'the stream was idle for 400 ms',
  });
});

test('a stream that is not idle lives until its lifetime is over', async () => {
  const served = await serve();
  const { messages, failure } = await readAll(grpcClient(served).watchBook({ bookId: 'dune', everyMs: 100 }));

  expect(messages.length).toBeGreaterThan(5);
  expect((await failureOf(failure)).message).toBe(
    'the stream reached its lifetime of 1500 ms; open it again to go on',
  );
  expect(served.lines).toMatchObject([{ method: 'WatchBook', code: 'TIMEOUT' }]);
});

test('a stream keeps the deadline its client asks for', async () => {
  const served = await serve();
  // The clock of a client would stop the stream at the same time; this one has none.
  const request = rawStream(served, { book_id: 'dune', every_ms: 50 }, { 'grpc-timeout': '200m' });
  const trailers = await new Promise((resolve) => request.resume().once('trailers', resolve));

  expect(trailers).toMatchObject({
    'grpc-status': '4',
    'grpc-message': encodeURIComponent('the stream exceeded the deadline that its client set'),
  });
});

test.each([
  ['application/grpc+json', 'grpc-timeout', '99999999H'],
  ['application/connect+json', 'connect-timeout-ms', '9999999999'],
])('a deadline further away than timers reach is no deadline: %s, %s: %s', async (type, name, value) => {
  const warnings: Error[] = [];
  const warned = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on('warning', warned);
  onTestFinished(() => {
    process.off('warning', warned);
  });
  const library = createLibrary();
  let left: number | undefined;
  library.service.watchBook = async function* (_request, context) {
    left = context.timeoutMs();
    yield { sequence: 1 };
    await new Promise((resolve) => setTimeout(resolve, 50));
    yield { sequence: context.signal.aborted ? -1 : 2 };
    await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
  };
  const served = await serve(
    { policies: () => ({ stream: { idleTimeoutMs: 0, maxLifetimeMs: 0 } }) },
    library,
  );
  const request = rawStream(served, { book_id: 'dune' }, { 'content-type': type, [name]: value });
  let answers = '';
  request.on('data', (chunk) => {
    answers += chunk;
  });
  await expect.poll(() => answers).toContain('{"sequence":2}');
  request.close(http2.constants.NGHTTP2_CANCEL);

  // The clock of connect-es must not have taken the place of the reader, who is noticed only once.
  await expect.poll(() => served.lines).toMatchObject([{ method: 'WatchBook', code: 'CANCELLED' }]);
  expect(left).toBeGreaterThan(24 * 24 * 3600 * 1000);
  expect(warnings).toEqual([]);
});

test('a stream without limits takes its time', async () => {
  const { messages } = await readAll(grpcClient(await serve()).exportBooks({ count: 3, everyMs: 600 }));

  expect(messages).toHaveLength(3);
});

test('the handler of a stream ends when its reader leaves', async () => {
  const library = createLibrary();
  let ended = 0;
  library.service.watchBook = async function* (_request, { signal }) {
    try {
      for (let sequence = 1; !signal.aborted; sequence++) {
        yield { sequence };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    } finally {
      ended++;
    }
  };
  const served = await serve({}, library);
  const gone = new AbortController();
  const call = readAll(grpcClient(served).watchBook({ bookId: 'dune' }, { signal: gone.signal }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  gone.abort();
  await call;

  await expect.poll(() => ended).toBe(1);
  await expect.poll(() => served.lines).toMatchObject([{ code: 'CANCELLED' }]);
});

test.each([
  ['the stream’s idle time', { idleTimeoutMs: 400, maxLifetimeMs: 0 }],
  ['its lifetime', { idleTimeoutMs: 0, maxLifetimeMs: 400 }],
  ['the limits of its connection', { idleTimeoutMs: 0, maxLifetimeMs: 0 }],
])('a reader that does not read is dropped, by %s', async (_what, stream) => {
  const library = createLibrary({});
  let ended = false;
  library.service.watchBook = async function* () {
    try {
      for (let sequence = 1; ; sequence++) {
        yield { sequence, loan: { bookId: 'x'.repeat(10_000) } };
      }
    } finally {
      ended = true;
    }
  };
  const policies = () => ({ auth: 1 as const, stream });
  const served = await serve({ policies, limits: { idleTimeoutMs: 500 } }, library);
  const request = rawStream(served, { book_id: 'dune' }, { authorization: 'Bearer chief' });

  await expect.poll(() => ended, { timeout: 5000 }).toBe(true);
  await expect.poll(() => request.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
  expect(served.lines).toMatchObject([{ code: 'TIMEOUT' }]);
});

test.each([
  [
    'its lifetime is over',
    { idleTimeoutMs: 0, maxLifetimeMs: 300 },
    '4',
    'the stream reached its lifetime of 300 ms; open it again to go on',
  ],
  ['the server closes', { idleTimeoutMs: 0, maxLifetimeMs: 60_000 }, '14', 'the server is shutting down'],
])('a reader that is behind when %s is told so once it reads on', async (what, stream, status, message) => {
  const library = createLibrary({});
  let ended = false;
  library.service.watchBook = async function* () {
    try {
      for (let sequence = 1; ; sequence++) {
        yield { sequence, loan: { bookId: 'x'.repeat(10_000) } };
      }
    } finally {
      ended = true;
    }
  };
  const served = await serve({ policies: () => ({ auth: 1 as const, stream }) }, library);
  const request = rawStream(served, { book_id: 'dune' }, { authorization: 'Bearer chief' });
  const trailers = new Promise((resolve) => request.once('trailers', resolve));
  await new Promise((resolve) => request.once('response', resolve));
  if (what === 'the server closes') {
    await new Promise((resolve) => setTimeout(resolve, 100));
    void served.server.close({ graceMs: 20_000 });
  }
  await expect.poll(() => ended, { timeout: 5000 }).toBe(true);
  request.resume();

  expect(await trailers).toMatchObject({
    'grpc-status': status,
    'grpc-message': encodeURIComponent(message),
    'grpc-status-details-bin': expect.any(String),
  });
  expect(request.rstCode).toBe(0);
  expect(served.lines).toMatchObject([{ reason: message }]);
});

test('a fault in a stream is told as an internal error, after what was sent', async () => {
  const library = createLibrary();
  library.service.exportBooks = async function* () {
    yield { book: { bookId: 'dune' } };
    throw new Error('disk full');
  };
  const served = await serve({}, library);
  const { messages, failure } = await readAll(grpcClient(served).exportBooks({}));

  expect(messages).toHaveLength(1);
  expect((await failureOf(failure)).message).toMatch(/^internal error, trace/);
  expect(served.lines).toMatchObject([{ level: 50, err: { message: 'disk full' } }]);
});

test('one line in the log for a stream that ends well', async () => {
  const served = await serve();
  await readAll(grpcClient(served).exportBooks({ count: 2 }, as('ann')));

  expect(served.lines).toMatchObject([{ method: 'ExportBooks', code: 'OK', caller: 'user' }]);
});
