import { expect, test } from 'vitest';
import { LetterStatus } from '../testdata/gen/mail/v1/mail_pb.js';
import { serve } from '../testdata/serve.ts';
import { connectTo, is } from './testdata/client.ts';
import { serveMail } from './testdata/serve-mail.ts';

const exportBooks = 'library.v1.LibraryService/ExportBooks';
const watchBook = 'library.v1.LibraryService/WatchBook';
const watchLetters = 'mail.v1.MailService/WatchLetters';

test('a stream comes as frames, in order, and says when it ends', async () => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: exportBooks, request: { count: 2 } });
  await client.frame(is('end', 'a'));

  expect(client.frames).toEqual([
    { type: 'subscribed', id: 'a' },
    { type: 'message', id: 'a', message: { book: { bookId: 'book-1', title: '', free: 0 } } },
    { type: 'message', id: 'a', message: { book: { bookId: 'book-2', title: '', free: 0 } } },
    { type: 'end', id: 'a' },
  ]);
});

test('JSON is that of REST: names of either kind, enum values without prefix, 64-bit numbers as text', async () => {
  const { url } = await serveMail({}, async function* ({ boxId }) {
    yield { sequence: 9_007_199_254_740_993n, letter: { text: boxId, status: LetterStatus.READ } };
  });
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { box_id: 'ann' } });
  const { sequence, message } = await client.frame(is('message'));

  expect(sequence).toBe('9007199254740993');
  expect(message).toMatchObject({
    sequence: '9007199254740993',
    letter: { text: 'ann', status: 'READ' },
  });
});

test('streams of one connection do not hold each other up', async () => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'slow', method: exportBooks, request: { count: 1, everyMs: 200 } });
  client.send({ type: 'subscribe', id: 'fast', method: exportBooks, request: { count: 3 } });
  await client.frame(is('end', 'fast'));

  expect(client.frames.filter(is('message', 'fast'))).toHaveLength(3);
  expect(client.frames.filter(is('message', 'slow'))).toHaveLength(0);
  await client.frame(is('end', 'slow'));
  expect(client.frames.filter(is('message', 'slow'))).toHaveLength(1);
});

test('unsubscribing ends the handler, says so once, and frees the id', async () => {
  const { url, mailbox } = await serveMail();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { boxId: 'endless' } });
  await client.frame(is('message', 'a'));
  client.send({ type: 'unsubscribe', id: 'a' });
  await client.frame(is('end', 'a'));
  await mailbox.abandoned;

  const before = client.frames.length;
  expect(client.frames.at(-1)).toEqual({ type: 'end', id: 'a' });
  client.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { boxId: 'short' } });
  await expect
    .poll(() => client.frames.slice(before).map(({ type }) => type))
    .toEqual(['subscribed', 'message', 'message', 'end']);
});

test('a stream that ended is unsubscribed from without an error', async () => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'unsubscribe', id: 'a' });
  client.send({ type: 'ping' });
  await client.frame(is('pong'));

  expect(client.frames).toEqual([{ type: 'pong' }]);
});

test('the handler hears when its client is gone', async () => {
  const { url, mailbox } = await serveMail();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { boxId: 'endless' } });
  await client.frame(is('message'));
  client.socket.terminate();

  await mailbox.abandoned;
});

test('a stream goes on from where another one was', async () => {
  const { url } = await serveMail();
  const first = await connectTo(url);
  first.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { boxId: 'short' } });
  await first.frame(is('end'));
  const [, last] = first.frames.filter(is('message'));
  const second = await connectTo(url);
  second.send({
    type: 'subscribe',
    id: 'a',
    method: watchLetters,
    request: { boxId: 'ann', resumeToken: '0' },
    resumeToken: last?.sequence,
  });

  expect(last?.sequence).toBe('2');
  expect((await second.frame(is('message'))).sequence).toBe('3');
});

test('an error in the middle of a stream ends it, in the form of REST', async () => {
  const { url } = await serveMail({ clock: () => Date.UTC(2025, 0, 31, 12) });
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchLetters, request: { boxId: 'torn' } });
  const { error } = await client.frame(is('error', 'a'));

  expect(client.frames.filter(is('message'))).toHaveLength(2);
  expect(error).toEqual({
    code: 'DATA_LOSS',
    message: 'lost',
    timestamp: '2025-01-31T12:00:00.000Z',
    path: '/mail.v1.MailService/WatchLetters',
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    details: [],
  });
});

test('a broken rule of the contract and a field that cannot be read are named', async () => {
  const { url, lines } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'rule', method: watchBook, request: { bookId: '' } });
  client.send({ type: 'subscribe', id: 'type', method: watchBook, request: { everyMs: 'soon' } });
  const rule = await client.frame(is('error', 'rule'));
  const type = await client.frame(is('error', 'type'));

  expect(rule.error).toMatchObject({ details: [expect.objectContaining({ field: 'book_id' })] });
  expect(type.error).toMatchObject({ details: [expect.objectContaining({ field: 'every_ms' })] });
  // Both are calls, which are logged under the id that the client was told.
  for (const { error } of [rule, type]) {
    expect(lines).toContainEqual(
      expect.objectContaining({ trace_id: error?.traceId, msg: 'call', method: 'WatchBook' }),
    );
  }
});

test.each([
  ['no such method', 'library.v1.LibraryService/Nothing'],
  ['a unary method', 'library.v1.LibraryService/GetBook'],
  ['a two-way stream', 'library.v1.LibraryService/Ask'],
])('%s cannot be subscribed to', async (_name, method) => {
  const { url } = await serve();
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method });

  const { error } = await client.frame(is('error', 'a'));
  expect(error).toMatchObject({ path: '/ws', details: [{ field: 'method' }] });
});

test('a lifetime that is over ends the stream, not the connection', async () => {
  const { url } = await serve({ policies: () => ({ stream: { maxLifetimeMs: 100 } }) });
  const client = await connectTo(url);
  client.send({ type: 'subscribe', id: 'a', method: watchBook, request: { bookId: 'dune', everyMs: 10 } });
  const { error } = await client.frame(is('error', 'a'));
  client.send({ type: 'ping' });

  expect(error).toMatchObject({ message: expect.stringContaining('lifetime of 100 ms') });
  await client.frame(is('pong'));
});
