import { create, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { failureOf } from '../testdata/failure-of.ts';
import { GetBookRequestSchema, LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import { connectTo, is } from '../websocket/testdata/client.ts';
import { ask, EXPORT_BOOKS, envelope, GET_BOOK, JSON_TYPE, LEND_BOOK, stand } from './testdata/stand.ts';

// What every door holds back: effects from a GET, and the inside of the server from everybody.

const LETTERS = '/v1/boxes/ann/letters';

const message = Buffer.from(
  toBinary(GetBookRequestSchema, create(GetBookRequestSchema, { bookId: 'dune' })),
).toString('base64url');
const query = `?connect=v1&encoding=proto&base64=1&message=${message}`;
const inJson = `?encoding=json&message=${encodeURIComponent('{"bookId":"dune","idempotencyKey":"k"}')}`;

test.each(['GET', 'HEAD'])(
  'SECURITY 30: %s calls nothing that has side effects, at any door',
  async (method) => {
    const library = createLibrary();
    const called: string[] = [];
    library.before = () => {
      called.push('lend');
    };
    library.service.exportBooks = async function* () {
      called.push('export');
      yield {};
    };
    const served = await stand({}, { library });
    for (const type of [
      '',
      'application/json',
      'application/grpc',
      'application/grpc-web',
      'application/proto',
      'application/connect+json',
    ]) {
      for (const path of [
        `${LEND_BOOK}${query}`,
        `${LEND_BOOK}${inJson}`,
        `${EXPORT_BOOKS}${inJson}`,
        LEND_BOOK,
        EXPORT_BOOKS,
        LETTERS,
        `${LETTERS}/one:read`,
      ]) {
        const { status } = await ask(served, method, path, {
          ...(type !== '' && { 'content-type': type }),
          'x-http-method-override': 'POST',
          'x-http-method': 'POST',
        });
        expect([path, type, [404, 405, 415, 200].includes(status)]).toEqual([path, type, true]);
      }
    }

    expect(called).toEqual([]);
    expect((await ask(served, 'GET', `${GET_BOOK}${query}`)).status).toBe(200);
  },
);

test('SECURITY 32: errors of handlers show nothing of the inside, at any door', async () => {
  const library = createLibrary();
  const fault = Object.assign(new Error(`SQLITE_BUSY: SELECT * FROM seats at /srv/app/store.ts:12`), {
    path: '/srv/app/data.db',
  });
  library.service.getBook = () => Promise.reject(fault);
  library.service.exportBooks = async function* () {
    yield {};
    throw fault;
  };
  const served = await stand(
    {},
    {
      library,
      mail: {
        getLetter: () => Promise.reject(fault),
        watchLetters: async function* () {
          yield {};
          throw fault;
        },
      },
    },
  );
  const grpcWeb = { 'content-type': 'application/grpc-web+json' };
  const stream = { 'content-type': 'application/connect+json' };
  const book = '{"bookId":"dune"}';
  const subscribed = await connectTo(served.url);
  subscribed.send({ type: 'subscribe', id: 'a', method: 'library.v1.LibraryService/ExportBooks' });
  const overWebSocket = await subscribed.frame(is('error', 'a'));
  const grpc = createClient(LibraryService, createGrpcTransport({ baseUrl: served.url }));
  const overGrpc = await failureOf(grpc.getBook({ bookId: 'dune' }));
  const answers = await Promise.all([
    ask(served, 'POST', GET_BOOK, JSON_TYPE, book),
    ask(served, 'GET', `${GET_BOOK}${query}`),
    ask(served, 'POST', GET_BOOK, grpcWeb, envelope(Buffer.from(book))),
    ask(served, 'POST', EXPORT_BOOKS, grpcWeb, envelope(Buffer.from('{}'))),
    ask(served, 'POST', EXPORT_BOOKS, stream, envelope(Buffer.from('{}'))),
    ask(served, 'GET', `${LETTERS}/one`),
    ask(served, 'GET', `${LETTERS}:watch`),
    ask(served, 'GET', `${LETTERS}:watch`, { accept: 'text/event-stream' }),
  ]);

  const shown = [
    ...answers.map(({ body, headers }) => `${body} ${JSON.stringify(headers)}`),
    JSON.stringify(overWebSocket),
    `${overGrpc.message} ${JSON.stringify([...overGrpc.error.metadata, ...overGrpc.error.details])}`,
  ];
  for (const text of shown) {
    expect(text).toMatch(/internal/i);
    expect(text).not.toMatch(/SQLITE|SELECT|srv|data\.db|\.ts\b/);
  }
  await expect.poll(() => served.lines.filter(({ level }) => Number(level) >= 50).length).toBe(shown.length);
});
