import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { createLibrary } from '../testdata/library.ts';
import { dial, EXPORT_BOOKS, GET_BOOK, memoryInUse, servesTheNext, stand, WAIT } from './testdata/stand.ts';

// Clients that write HTTP/1.1 by hand.

const QUICK = { requestTimeoutMs: 300, headersTimeoutMs: 300, idleTimeoutMs: 600 };
const post = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, 'host: x', 'content-type: application/json', ...headers].join('\r\n')}\r\n\r\n`;
const book = '{"bookId":"dune"}';
const whole = `${post(GET_BOOK, `content-length: ${book.length}`)}${book}`;

test.each([
  ['dribbles its headers', `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\nx-slow: `],
  ['dribbles its body', post(GET_BOOK, 'content-length: 100000')],
  ['dribbles a body of no known length', post(GET_BOOK, 'transfer-encoding: chunked')],
  ['goes on sending to a page', post('/metrics', 'content-length: 100000')],
  ['goes on sending to a path that is not served', post('/nowhere', 'content-length: 100000')],
  ['goes on sending after it was too much', post(GET_BOOK, 'content-length: 100000')],
])('SECURITY 17: a client that %s is not waited for', async (what, begin) => {
  const served = await stand({
    limits: { ...QUICK, ...(what.includes('too much') && { maxRequestBytes: 5 }) },
  });
  const { socket, closed } = dial(served);
  socket.write(begin);
  const piece = begin.includes('chunked') ? '1\r\na\r\n' : 'a';
  const dribble = setInterval(() => socket.write(piece), 20);

  await closed;
  clearInterval(dribble);
  await expect.poll(() => served.connections()).toBe(0);
});

test.each([
  ['a request', whole],
  ['what is no request', 'nonsense\r\n\r\n'],
])('%s behind the last one of a connection gets no answer', async (_what, behind) => {
  const served = await stand();
  const last = (bookId: string) => {
    const body = JSON.stringify({ bookId });
    return post(GET_BOOK, 'connection: close', `content-length: ${body.length}`) + body;
  };
  for (const before of ['', whole]) {
    const { socket, received, closed } = dial(served);
    socket.write(`${before}${last('emma')}${behind}`);
    await closed;

    const answers = received().split('HTTP/1.1 ').slice(1);
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(before === '' ? ['200'] : ['200', '200']);
    expect(answers.at(-1)).toContain('"title":"emma"');
  }
  await servesTheNext(served);
});

test('calls of a connection that ends before their turn are cancelled', async () => {
  const library = createLibrary();
  let [running, cancelled] = [0, 0];
  library.service.wait = async (_request, { signal }) => {
    running++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    cancelled++;
    return {};
  };
  const served = await stand(
    { limits: { maxStreamsPerConnection: 10 }, policies: () => ({ auth: Auth.PUBLIC, deadlineMs: 20_000 }) },
    { library },
  );
  const { socket } = dial(served);
  socket.write(`${post(WAIT, 'content-length: 2')}{}`.repeat(50));
  await expect.poll(() => running).toBe(10);
  socket.destroy();

  await expect.poll(() => cancelled, { timeout: 20_000 }).toBe(10);
  expect(running).toBe(10);
});

test('an answer that came early is read before the connection ends', async () => {
  const served = await stand({ limits: { maxRequestBytes: 1000 } });
  const { socket, received } = dial(served);
  socket.write(post(GET_BOOK, 'content-length: 1000000'));
  socket.write(Buffer.alloc(400_000, 'x'));

  await expect.poll(received).toContain('resource_exhausted');
  socket.destroy();
  await servesTheNext(served);
});

test('requests in a row without end are answered as they are read, and their number is bounded', async () => {
  const library = createLibrary();
  let running = 0;
  let most = 0;
  library.service.wait = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    return {};
  };
  const served = await stand({ limits: { maxStreamsPerConnection: 10 } }, { library });
  const { socket, received } = dial(served);
  const one = `${post(WAIT, 'content-length: 2')}{}`;
  const all = 600;
  socket.write(one.repeat(all));

  await expect.poll(() => received().split('HTTP/1.1 200').length - 1, { timeout: 20_000 }).toBe(all);
  expect(most).toBeLessThanOrEqual(10);
});

test.each([
  ['a call', whole],
  ['a page', 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['nothing', 'GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n'],
])('a client that asks for %s for ever and never reads is bounded, and dropped', async (_what, request) => {
  const served = await stand({ limits: { ...QUICK, maxStreamsPerConnection: 10 } });
  const before = await memoryInUse();
  const { socket, closed } = dial(served);
  socket.pause();
  const many = Buffer.from(request.repeat(1000));
  let isClosed = false;
  socket.once('error', () => {
    isClosed = true;
  });
  for (let round = 0; round < 25 && !isClosed; round++) {
    const written = await Promise.race([
      new Promise((resolve) => socket.write(many, () => resolve(true))),
      new Promise((resolve) => setTimeout(resolve, 100, false)),
    ]);
    if (written === false) {
      break;
    }
  }

  // The client's own buffer is not the server's. What the server has read at once is up to 1,700 requests.
  const own = socket.writableLength;
  expect((await memoryInUse()) - before - own).toBeLessThan(60_000_000);
  await expect.poll(() => served.connections(), { timeout: 20_000 }).toBe(0);
  socket.resume();
  await closed;
  await servesTheNext(served);
});

test('a stream that nobody reads is dropped', async () => {
  const library = createLibrary();
  let made = 0;
  library.service.exportBooks = async function* () {
    for (;;) {
      made++;
      yield { book: { title: 'x'.repeat(100_000) } };
    }
  };
  const served = await stand({ limits: QUICK }, { library });
  const before = await memoryInUse();
  const { socket } = dial(served);
  socket.pause();
  const body = '\0\0\0\0\x02{}';
  socket.write(
    `POST ${EXPORT_BOOKS} HTTP/1.1\r\nhost: x\r\ncontent-type: application/connect+json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await expect.poll(() => made).toBeGreaterThan(0);
  await expect.poll(() => served.connections(), { timeout: 20_000 }).toBe(0);

  expect(made).toBeLessThan(200);
  expect((await memoryInUse()) - before).toBeLessThan(15_000_000);
  await servesTheNext(served);
});

test.each(['a whole request', 'half a request', 'nothing'])(
  'a client that ends its side after %s is not kept',
  async (what) => {
    const served = await stand({ limits: QUICK });
    const { socket } = dial(served, { allowHalfOpen: true });
    socket.end(what === 'nothing' ? '' : what === 'half a request' ? whole.slice(0, -5) : whole);

    await expect.poll(() => served.connections(), { timeout: 20_000 }).toBe(0);
    expect(served.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    await servesTheNext(served);
  },
);

test.each([
  ['a content-length that is negative', post(GET_BOOK, 'content-length: -1'), 400],
  ['a content-length that is no number', post(GET_BOOK, 'content-length: many'), 400],
  ['two content-lengths', post(GET_BOOK, 'content-length: 17', 'content-length: 18'), 400],
  ['a content-length beside chunks', post(GET_BOOK, 'content-length: 17', 'transfer-encoding: chunked'), 400],
  ['a chunk with a length that is none', `${post(GET_BOOK, 'transfer-encoding: chunked')}zz\r\n`, 400],
  [
    'a chunk of more than there can be',
    `${post(GET_BOOK, 'transfer-encoding: chunked')}ffffffffffffffffff\r\n`,
    400,
  ],
  [
    'an endless extension of a chunk',
    `${post(GET_BOOK, 'transfer-encoding: chunked')}1;${'a'.repeat(40_000)}`,
    413,
  ],
  ['a null byte in a header', `GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n`, 400],
  ['a folded header', `GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\n\r\n`, 400],
  ['a header without a name', `GET /healthz HTTP/1.1\r\nhost: x\r\n: a\r\n\r\n`, 400],
  ['a space before a colon', `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-length : 3\r\n\r\n`, 400],
  ['a method of nobody', 'BREW /healthz HTTP/1.1\r\nhost: x\r\n\r\n', 400],
  ['a path that does not end', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431],
  ['ten thousand headers', `GET /healthz HTTP/1.1\r\nhost: x\r\n${'a:b\r\n'.repeat(10_000)}\r\n`, 431],
  ['an expectation nobody can meet', `${post(GET_BOOK, 'expect: the-best', 'content-length: 0')}`, 417],
])('a request with %s is refused', async (_what, bytes, status) => {
  const served = await stand();
  const { socket, received } = dial(served);
  socket.write(bytes, 'latin1');

  await expect.poll(received).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  expect(received()).not.toMatch(/node:|\.ts|\/work\//);
  await servesTheNext(served);
});
