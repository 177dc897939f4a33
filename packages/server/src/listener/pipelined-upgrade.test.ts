import { setTimeout as delay } from 'node:timers/promises';
import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import type { ServerOptions } from '../options.ts';
import { createLibrary } from '../testdata/library.ts';
import { serve } from '../testdata/serve.ts';
import { dial } from './testdata/dial.ts';

// Clients that offer another protocol while earlier requests of their connection are unanswered.

const H2C = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQ'];
const WEB_SOCKET = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
];
const PUBLIC: Partial<ServerOptions> = { policies: () => ({ auth: Auth.PUBLIC, deadlineMs: 20_000 }) };

function get(path: string, ...headers: string[]): string {
  return `${[`GET ${path} HTTP/1.1`, 'host: x', ...headers].join('\r\n')}\r\n\r\n`;
}

/** A call that takes its time, or asks for a book. */
function post(method: string, body: string, ...headers: string[]): string {
  const head = [`POST /library.v1.LibraryService/${method} HTTP/1.1`, 'host: x'];
  const own = ['content-type: application/json', `content-length: ${body.length}`, ...headers];
  return `${[...head, ...own].join('\r\n')}\r\n\r\n${body}`;
}
const wait = (waitMs: number, ...headers: string[]) => post('Wait', `{"waitMs":${waitMs}}`, ...headers);
const book = (id: string, ...headers: string[]) => post('GetBook', `{"bookId":"${id}"}`, ...headers);

/** What was answered, in order: statuses, or the book. */
function answers(received: string): string[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d+)|"bookId":"(\w+)"|"(caller)"|"(status)":"ok"/g)].map(
    ([, status, id, caller, health]) => status ?? id ?? caller ?? health ?? '',
  );
}

async function stand() {
  const served = await serve(PUBLIC, createLibrary({ one: 1, two: 1, three: 1 }));
  return { served, ...dial(served) };
}

test('pages: plain, an offer behind it, and a plain one later are all answered', async () => {
  const { served, socket, received } = await stand();
  socket.write(get('/healthz') + get('/healthz', ...H2C));
  await expect.poll(() => answers(received())).toEqual(['200', 'status', '200', 'status']);
  await delay(50);
  socket.write(get('/healthz'));

  await expect.poll(() => answers(received())).toHaveLength(6);
  expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
});

test.each([
  ['a quick one', book('one')],
  ['one that runs', wait(100) + book('one')],
])('an offer behind %s is answered in its turn, and so is what follows', async (_what, before) => {
  const { socket, received } = await stand();
  socket.write(before + book('two', ...H2C) + book('three'));
  const expected = [...(before.includes('Wait') ? ['200', 'caller'] : []), '200', 'one', '200', 'two', '200'];

  await expect.poll(() => answers(received())).toEqual([...expected, 'three']);
  socket.write(book('one') + book('two', ...H2C));
  await expect.poll(() => answers(received()).slice(-4)).toEqual(['200', 'one', '200', 'two']);
});

test('offers one behind the other, whose bodies come late and in pieces, are answered in order', async () => {
  const { socket, received } = await stand();
  const all = wait(100, ...H2C) + book('one', ...H2C) + book('two', ...H2C) + book('three', ...H2C);
  for (let at = 0; at < all.length; at += 40) {
    socket.write(all.slice(at, at + 40));
    await delay(2);
  }

  await expect
    .poll(() => answers(received()))
    .toEqual(['200', 'caller', '200', 'one', '200', 'two', '200', 'three']);
});

test('many offers on one connection leave no listeners behind', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on('warning', warned);
  const { socket, received } = await stand();
  socket.write((book('one') + book('two', ...H2C)).repeat(30));
  await expect.poll(() => answers(received())).toHaveLength(120);
  await delay(10);
  process.off('warning', warned);

  expect(warnings).toEqual([]);
});

test('WebSocket behind a request that runs begins when that is answered', async () => {
  const { socket, received } = await stand();
  socket.write(wait(100) + book('one') + get('/ws', ...WEB_SOCKET));
  await expect.poll(received).toContain('HTTP/1.1 101');

  expect(answers(received())).toEqual(['200', 'caller', '200', 'one', '101']);
});

test('more requests than are served at once, an offer behind them, and what comes while it waits', async () => {
  const served = await serve(
    { ...PUBLIC, limits: { maxStreamsPerConnection: 2 } },
    createLibrary({ one: 1, two: 1 }),
  );
  const { socket, received } = dial(served);
  socket.write(wait(50) + wait(50) + wait(50) + wait(400) + book('one', ...H2C));
  // The third is answered, the fourth is not.
  await delay(250);
  socket.write(book('two'));

  await expect.poll(() => answers(received()).slice(-4)).toEqual(['200', 'one', '200', 'two']);
  expect(answers(received())).toHaveLength(12);
});

test('an answer that its reader takes slowly goes on to its end, and the offer behind it is answered', async () => {
  const library = createLibrary({ one: 1 });
  const bookId = 'x'.repeat(100_000);
  library.service.exportBooks = async function* ({ count }) {
    for (let number = 0; number < count; number++) {
      yield { book: { bookId } };
    }
  };
  const served = await serve(PUBLIC, library);
  const { socket, received } = dial(served);
  socket.pause();
  const message = '{"count":200}';
  const length = `\0\0\0\0${String.fromCharCode(message.length)}`;
  const head = ['POST /library.v1.LibraryService/ExportBooks HTTP/1.1', 'host: x'];
  const own = ['content-type: application/connect+json', `content-length: ${message.length + 5}`];
  socket.write(`${[...head, ...own].join('\r\n')}\r\n\r\n${length}${message}${book('one', ...H2C)}`);
  await delay(200);
  socket.resume();

  await expect.poll(() => received().endsWith('}'), { timeout: 10_000 }).toBe(true);
  await expect.poll(() => answers(received().slice(-400)), { timeout: 10_000 }).toContain('one');
  expect(received().length).toBeGreaterThan(20_000_000);
});

test('a client that leaves while its offer waits cancels what runs', async () => {
  const library = createLibrary();
  let [running, cancelled] = [0, 0];
  library.service.wait = async (_request, { signal }) => {
    running++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    cancelled++;
    return {};
  };
  const served = await serve(PUBLIC, library);
  for (const offer of [get('/healthz', ...H2C), get('/ws', ...WEB_SOCKET)]) {
    const { socket } = dial(served);
    socket.write(wait(1) + wait(1) + offer);
    await expect.poll(() => running).toBe(2);
    await delay(20);
    socket.end();
    await expect.poll(() => cancelled, { timeout: 3000 }).toBe(2);
    [running, cancelled] = [0, 0];
  }
  await expect
    .poll(async () => (await fetch(`${served.url}/metrics`)).text())
    .toMatch(/^http_server_connections 1$/m);
});

test('a server that closes while an offer waits answers what runs, and ends the connection', async () => {
  for (const offer of [book('one', ...H2C), get('/ws', ...WEB_SOCKET)]) {
    const library = createLibrary({ one: 1 });
    const [entered, closing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    library.before = () => {
      entered.resolve();
      return closing.promise;
    };
    const served = await serve(PUBLIC, library);
    const { socket, received, closed } = dial(served);
    socket.write(post('LendBook', '{"bookId":"one","idempotencyKey":"k1"}') + offer);
    await entered.promise;
    const closes = served.server.close({ graceMs: 60_000 });
    closing.resolve();
    await Promise.all([closes, closed]);

    expect(answers(received())).toEqual(['200']);
    expect(received().toLowerCase()).toContain('connection: close');
  }
});
