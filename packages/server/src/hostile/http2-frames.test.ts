import { expect, test } from 'vitest';
import { createLibrary } from '../testdata/library.ts';
import {
  ACK,
  block,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  framesIn,
  head,
  INITIAL_WINDOW,
  indexed,
  LATEST,
  PREFACE,
  settings,
} from './testdata/frames.ts';
import {
  type Dialled,
  dial,
  EXPORT_BOOKS,
  envelope,
  GET_BOOK,
  JSON_TYPE,
  memoryInUse,
  type Stand,
  servesTheNext,
  stand,
} from './testdata/stand.ts';

// Clients that write frames by hand: what no library would send.

const QUICK = { requestTimeoutMs: 300, headersTimeoutMs: 300, idleTimeoutMs: 600 };
const grpc = { 'content-type': 'application/grpc+json', te: 'trailers' };
const book = '{"bookId":"dune"}';
/** The beginning of a call. */
const CALL = frame(FRAME.headers, END_HEADERS, 1, head('POST', GET_BOOK, grpc));
const SETTINGS_TIMEOUT = 4;

/** A connection that has said hello. */
function hello(served: Stand, ...pairs: [number, number][]): Dialled {
  const dialled = dial(served);
  dialled.socket.write(Buffer.concat([PREFACE, settings(...pairs), frame(FRAME.settings, ACK, 0)]));
  return dialled;
}

/** Writes until all has gone or the server has had enough. */
async function flood({ socket, closed }: Dialled, bytes: Buffer, times: number): Promise<void> {
  let isClosed = false;
  closed.then(() => {
    isClosed = true;
  });
  for (let round = 0; round < times && !isClosed; round++) {
    await Promise.race([new Promise((resolve) => socket.write(bytes, resolve)), closed]);
  }
}

const resetsOf = (dialled: Dialled) =>
  framesIn(dialled.received()).filter(({ type }) => type === FRAME.reset);

test.each([
  ['sends no settings', PREFACE],
  ['does not acknowledge ours', Buffer.concat([PREFACE, settings()])],
  ['does that while it calls', Buffer.concat([PREFACE, settings(), CALL])],
])('SECURITY 17: a client that %s is not waited for by our own engine', async (_what, bytes) => {
  const served = await stand({ limits: { headersTimeoutMs: 300 }, http2: 'own' }, {});
  const dialled = dial(served);
  dialled.socket.write(bytes);
  const reasons = (): (number | undefined)[] =>
    framesIn(dialled.received())
      .filter(({ type }) => type === FRAME.goaway)
      .map(({ payload }) => payload.readUInt32BE(4));
  // Sooner than the engine's own ten seconds.
  await expect.poll(reasons, { timeout: 8000 }).toEqual([SETTINGS_TIMEOUT]);
  await servesTheNext(served);
});

test('SECURITY 17: a header block that never ends is not waited for, nor kept', async () => {
  const served = await stand({ limits: QUICK });
  const before = await memoryInUse();
  const dialled = hello(served);
  dialled.socket.write(frame(FRAME.headers, 0, 1, head('POST', GET_BOOK, grpc)));
  const more = frame(FRAME.continuation, 0, 1, block({ 'x-more': 'y'.repeat(16_000) }));
  await flood(dialled, more, 5000);

  await dialled.closed;
  expect((await memoryInUse()) - before).toBeLessThan(10_000_000);
  await servesTheNext(served);
});

test('SECURITY 17: a header block that stands still is not waited for', async () => {
  const served = await stand({ limits: QUICK });
  const dialled = hello(served);
  dialled.socket.write(frame(FRAME.headers, 0, 1, head('POST', GET_BOOK, grpc)));

  await dialled.closed;
  await servesTheNext(served);
});

test('SECURITY 17: headers that grow when they are decompressed are refused', async () => {
  const served = await stand();
  const before = await memoryInUse();
  const dialled = hello(served);
  // Four kilobytes in the table, and then 16,000 times one byte that stands for them: 64 MB of headers.
  for (let stream = 1; stream < 40; stream += 2) {
    const fields = [
      head('POST', GET_BOOK, grpc),
      indexed('x-bomb', 'y'.repeat(3900)),
      Buffer.alloc(12_000, LATEST),
    ];
    dialled.socket.write(frame(FRAME.headers, END_HEADERS | END_STREAM, stream, Buffer.concat(fields)));
  }
  // Each is refused, by an answer or a reset, or all with their connection.
  const refusals: number[] = [FRAME.headers, FRAME.reset, FRAME.goaway];
  await expect
    .poll(() => framesIn(dialled.received()).filter(({ type }) => refusals.includes(type)).length)
    .toBeGreaterThan(0);

  expect(framesIn(dialled.received()).filter(({ type }) => type === FRAME.data)).toEqual([]);
  expect((await memoryInUse()) - before).toBeLessThan(10_000_000);
  await servesTheNext(served);
});

test('thousands of small headers are refused', async () => {
  const served = await stand();
  const dialled = hello(served);
  const many = block(Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`x${at}`, ''])));
  dialled.socket.write(
    frame(FRAME.headers, END_HEADERS | END_STREAM, 1, Buffer.concat([head('GET', '/healthz'), many])),
  );
  await expect.poll(() => framesIn(dialled.received()).some(({ stream }) => stream === 1)).toBe(true);

  expect(dialled.received()).not.toContain('{"status":"ok"}');
  await servesTheNext(served);
});

test.each([
  ['a client that has heard of it', true],
  ['one that has not yet', false],
])(
  'SECURITY 17: streams beyond the number of a connection are not served, for %s',
  async (_who, hasHeard) => {
    const library = createLibrary();
    let entered = 0;
    library.service.getBook = async (_request, { signal }) => {
      entered++;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return {};
    };
    const served = await stand({ limits: { maxStreamsPerConnection: 3 } }, { library });
    const dialled = dial(served);
    dialled.socket.write(Buffer.concat([PREFACE, settings()]));
    if (hasHeard) {
      await expect.poll(() => framesIn(dialled.received()).length).toBeGreaterThan(0);
      dialled.socket.write(frame(FRAME.settings, ACK, 0));
    }
    for (let stream = 1; stream < 20; stream += 2) {
      dialled.socket.write(frame(FRAME.headers, END_HEADERS, stream, head('POST', GET_BOOK, grpc)));
      dialled.socket.write(frame(FRAME.data, END_STREAM, stream, envelope(Buffer.from(book))));
    }
    // Each is refused, or all with their connection, which has overstepped what it agreed to.
    await expect
      .poll(() => {
        const ended = framesIn(dialled.received()).some(({ type }) => type === FRAME.goaway);
        return ended || resetsOf(dialled).length === 7;
      })
      .toBe(true);

    expect(entered).toBe(3);
  },
);

test.each([
  ['PING', () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
  ['SETTINGS', () => settings([INITIAL_WINDOW, 65_535])],
  ['empty DATA', () => frame(FRAME.data, 0, 1)],
  ['WINDOW_UPDATE', () => frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 0, 0, 1]))],
])(
  'SECURITY 17: a flood of %s frames from a client that does not read leaves memory flat',
  async (_name, made) => {
    const served = await stand({ limits: QUICK });
    const before = await memoryInUse();
    const dialled = hello(served);
    dialled.socket.write(CALL);
    dialled.socket.pause();
    await flood(dialled, Buffer.concat(Array.from({ length: 2000 }, made)), 100);

    expect((await memoryInUse()) - before).toBeLessThan(10_000_000);
    dialled.socket.destroy();
    await servesTheNext(served);
  },
);

test.each([
  ['waits for leave to send', { ...grpc, expect: '100-continue' }, GET_BOOK],
  ['calls a stream and waits for leave', { ...grpc, expect: '100-continue' }, EXPORT_BOOKS],
  ['has too large headers', { ...grpc, 'x-big': 'y'.repeat(14_000), 'x-bigger': 'y'.repeat(2000) }, GET_BOOK],
  ['calls', grpc, GET_BOOK],
  ['asks for a page', {}, '/metrics'],
  ['asks for nothing that is served', {}, '/nowhere'],
])('a client that %s and gives up in the same packet does no harm', async (_what, headers, path) => {
  const served = await stand();
  const dialled = hello(served);
  const packet: Buffer[] = [];
  for (let stream = 1; stream < 100; stream += 2) {
    packet.push(frame(FRAME.headers, END_HEADERS, stream, head('POST', path, headers)));
    packet.push(frame(FRAME.reset, 0, stream, Buffer.from([0, 0, 0, 8])));
  }
  dialled.socket.write(Buffer.concat(packet));
  await new Promise((resolve) => setTimeout(resolve, 100));

  await servesTheNext(served);
});

test('SECURITY 18: rapid resets end their connection, and nobody works for them', async () => {
  const served = await stand({ limits: { streamResetBurst: 200, streamResetsPerSecond: 1 } });
  const other = hello(served);
  const dialled = hello(served);
  for (let stream = 1; stream < 4000; stream += 2) {
    dialled.socket.write(
      Buffer.concat([
        frame(FRAME.headers, END_HEADERS, stream, head('POST', GET_BOOK, grpc)),
        frame(FRAME.reset, 0, stream, Buffer.from([0, 0, 0, 8])),
      ]),
    );
  }
  await dialled.closed;

  // A connection beside it goes on.
  other.socket.write(CALL);
  other.socket.write(frame(FRAME.data, END_STREAM, 1, envelope(Buffer.from(book))));
  await expect.poll(other.received).toContain('"title":"dune"');
});

test.each([
  ['an answer', GET_BOOK, grpc, envelope(Buffer.from(book))],
  ['a stream', EXPORT_BOOKS, grpc, envelope(Buffer.from('{"count":100000}'))],
  ['a page', '/metrics', {}, Buffer.alloc(0)],
])('%s for which the client gives no window is dropped', async (_what, path, headers, body) => {
  const library = createLibrary();
  library.service.exportBooks = async function* () {
    for (;;) {
      yield { book: { title: 'x'.repeat(20_000) } };
    }
  };
  const served = await stand({ limits: QUICK }, { library });
  const dialled = hello(served, [INITIAL_WINDOW, 0]);
  const method = path === '/metrics' ? 'GET' : 'POST';
  dialled.socket.write(frame(FRAME.headers, END_HEADERS, 1, head(method, path, headers)));
  dialled.socket.write(frame(FRAME.data, END_STREAM, 1, body));
  // Somebody who looks alive.
  const alive = setInterval(() => dialled.socket.write(frame(FRAME.ping, 0, 0, Buffer.alloc(8))), 50);
  try {
    await expect.poll(() => resetsOf(dialled).map(({ stream }) => stream), { timeout: 8000 }).toEqual([1]);
  } finally {
    clearInterval(alive);
  }
  await servesTheNext(served);
});

test.each([
  ['a unary call', GET_BOOK, grpc],
  ['a page', '/healthz', {}],
  ['a path that is not served', '/nowhere', {}],
  ['a route of REST', '/v1/boxes/ann/letters', JSON_TYPE],
])('%s whose request never ends is ended, though it sends', async (_what, path, headers) => {
  const served = await stand({ limits: { ...QUICK, maxRequestBytes: 2000 } });
  const dialled = hello(served);
  dialled.socket.write(frame(FRAME.headers, END_HEADERS, 1, head('POST', path, headers)));
  const sending = setInterval(() => dialled.socket.write(frame(FRAME.data, 0, 1, Buffer.alloc(100))), 20);
  try {
    await expect.poll(() => resetsOf(dialled).map(({ stream }) => stream), { timeout: 8000 }).toContain(1);
  } finally {
    clearInterval(sending);
  }
  await servesTheNext(served);
});

test('what a client gave up at once does not keep its connection', async () => {
  const served = await stand({ limits: { idleTimeoutMs: 200 } });
  const dialled = hello(served);
  const paths = [GET_BOOK, EXPORT_BOOKS, '/metrics', '/nowhere'];
  for (const [index, path] of paths.entries()) {
    const stream = index * 2 + 1;
    const headers = frame(FRAME.headers, END_HEADERS, stream, head('POST', path, grpc));
    dialled.socket.write(Buffer.concat([headers, frame(FRAME.reset, 0, stream, Buffer.from([0, 0, 0, 8]))]));
  }

  await dialled.closed;
});

test.each([
  ['bytes that are no frames', Buffer.alloc(5000, 0xff)],
  ['a frame on a stream of the server', frame(FRAME.headers, END_HEADERS, 2, head('GET', '/healthz'))],
  ['data without a request', frame(FRAME.data, 0, 1, Buffer.alloc(10))],
  [
    'an endless header field',
    frame(FRAME.headers, END_HEADERS, 1, Buffer.from([0, 127, 255, 255, 255, 255, 127])),
  ],
  ['an index that is not in the table', frame(FRAME.headers, END_HEADERS, 1, Buffer.from([255, 255, 3]))],
  ['a window that overflows', frame(FRAME.windowUpdate, 0, 0, Buffer.from([127, 255, 255, 255]))],
])('%s end the connection, not the server', async (_what, bytes) => {
  const served = await stand();
  const dialled = hello(served);
  dialled.socket.write(bytes);

  await dialled.closed;
  await servesTheNext(served);
});

test.each([
  ['no path', block({ ':method': 'GET', ':scheme': 'http', ':authority': 'x' })],
  ['a path without a slash', head('GET', 'healthz')],
  ['CONNECT', block({ ':method': 'CONNECT', ':authority': 'x' })],
  ['two paths', Buffer.concat([head('GET', '/healthz'), block({ ':path': '/readyz' })])],
  ['a connection header', head('GET', '/healthz', { connection: 'close' })],
  ['a name in capitals', head('GET', '/healthz', { 'X-Name': 'a' })],
  ['a content-length that lies', head('POST', GET_BOOK, { ...grpc, 'content-length': '5' })],
])('a request with %s is refused', async (_what, headers) => {
  const served = await stand();
  const dialled = hello(served);
  dialled.socket.write(frame(FRAME.headers, END_HEADERS, 1, headers));
  dialled.socket.write(frame(FRAME.data, END_STREAM, 1, envelope(Buffer.from(book))));
  await expect
    .poll(
      () =>
        framesIn(dialled.received()).filter(({ stream, type }) => stream === 1 || type === FRAME.goaway)
          .length,
    )
    .toBeGreaterThan(0);

  expect(dialled.received()).not.toContain('{"status":"ok"}');
  expect(dialled.received()).not.toContain('"title"');
  await servesTheNext(served);
});

test('an idle connection is given up, whether or not its client closes its side', async () => {
  const served = await stand({ limits: { idleTimeoutMs: 200 } });
  const dialled = dial(served, { allowHalfOpen: true });
  dialled.socket.write(Buffer.concat([PREFACE, settings(), frame(FRAME.settings, ACK, 0)]));
  await expect.poll(() => served.connections()).toBe(1);
  await new Promise((resolve) => dialled.socket.once('end', resolve));

  await expect.poll(() => served.connections(), { timeout: 5000 }).toBe(0);
});
