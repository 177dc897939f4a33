import http2 from 'node:http2';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import type { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import {
  ask,
  EXPORT_BOOKS,
  envelope,
  GET_BOOK,
  IMPORT_BOOKS,
  JSON_TYPE,
  type Stand,
  servesTheNext,
  stand,
} from './testdata/stand.ts';

// What a handler answers may be impossible to send. That is a fault of the server: INTERNAL, and in the log.

type GetBook = NonNullable<ServiceImpl<typeof LibraryService>['getBook']>;

/** Answers whatever the test is about, but `dune`. */
async function serving(getBook: GetBook): Promise<Stand> {
  const library = createLibrary();
  const honest = library.service.getBook;
  library.service.getBook = (request, context) =>
    (request.bookId === 'dune' ? honest : getBook)?.(request, context) as ReturnType<GetBook>;
  return stand({}, { library });
}

interface Seen {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** The same call by every protocol of either HTTP version. */
const ways: Record<string, (served: Stand, bookId?: string) => Promise<Seen>> = {
  'Connect over HTTP/1.1': async (served, bookId = 'bad') => {
    const { status, headers, body } = await ask(
      served,
      'POST',
      GET_BOOK,
      JSON_TYPE,
      JSON.stringify({ bookId }),
    );
    return { status, headers, body, code: status === 200 ? '0' : code(JSON.parse(body).code) };
  },
  'gRPC-Web over HTTP/1.1': async (served, bookId = 'bad') => {
    const type = { 'content-type': 'application/grpc-web+json' };
    const { status, headers, body } = await ask(
      served,
      'POST',
      GET_BOOK,
      type,
      envelope(Buffer.from(JSON.stringify({ bookId }))),
    );
    return { status, headers, body, code: /grpc-status: (\d+)/.exec(body)?.[1] };
  },
  'Connect over HTTP/2': async (served, bookId = 'bad') => {
    const seen = await ask2(served, JSON_TYPE, Buffer.from(JSON.stringify({ bookId })));
    return { ...seen, code: seen.status === 200 ? '0' : code(JSON.parse(seen.body).code) };
  },
  'gRPC over HTTP/2': async (served, bookId = 'bad') => {
    const seen = await ask2(
      served,
      { 'content-type': 'application/grpc+json' },
      envelope(Buffer.from(JSON.stringify({ bookId }))),
    );
    return { ...seen, code: seen.headers['grpc-status'] as string };
  },
};

function code(name: string): string {
  return String(
    Code[name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof typeof Code],
  );
}

function ask2(
  { url }: Stand,
  headers: Record<string, string>,
  body: Uint8Array,
  path = GET_BOOK,
): Promise<Omit<Seen, 'code'>> {
  const session = http2.connect(url);
  onTestFinished(() => session.destroy());
  session.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let all: Record<string, unknown> = {};
    let text = '';
    stream.on('response', (received) => {
      all = { ...all, ...received };
    });
    stream.on('trailers', (received) => {
      all = { ...all, ...received };
    });
    stream.on('data', (chunk) => {
      text += String(chunk);
    });
    stream.on('error', reject);
    stream.on('close', () =>
      all[':status'] === undefined
        ? reject(new Error(`reset with ${stream.rstCode}`))
        : resolve({ status: Number(all[':status']), headers: all, body: text }),
    );
    stream.end(body);
  });
}

const INTERNAL = String(Code.Internal);

const wrongHeaders: Record<string, (context: HandlerContext) => void> = {
  'a control character in a header': ({ responseHeader }) => responseHeader.set('x-name', 'a\x01b'),
  'a control character in a trailer': ({ responseTrailer }) => responseTrailer.set('x-name', 'a\x01b'),
};

for (const [what, set] of Object.entries(wrongHeaders)) {
  for (const pace of ['at once', 'later']) {
    test.each(Object.entries(ways))(`${what}, set ${pace}, is INTERNAL, by %s`, async (_way, call) => {
      const served = await serving((_request, context) => {
        set(context);
        return pace === 'at once' ? { book: {} } : Promise.resolve({ book: {} });
      });
      const seen = await call(served);

      expect(seen.code).toBe(INTERNAL);
      expect(JSON.stringify(seen)).not.toContain('x-name');
      expect(served.lines.filter(({ level }) => Number(level) >= 50)).toMatchObject([{ method: 'GetBook' }]);
      await servesTheNext(served);
    });
  }
}

test.each(Object.entries(ways))(
  'headers that belong to the connection are not sent, by %s',
  async (_way, call) => {
    const served = await serving((_request, { responseHeader, responseTrailer }) => {
      for (const headers of [responseHeader, responseTrailer]) {
        headers.set('connection', 'x-private');
        headers.set('transfer-encoding', 'chunked');
        headers.set('content-length', '3');
        headers.set('keep-alive', 'timeout=9');
        headers.set('upgrade', 'h2c');
      }
      responseHeader.set('x-kept', 'yes');
      return { book: { bookId: 'x' } };
    });
    const seen = await call(served);

    expect(seen.code).toBe('0');
    expect(seen.headers).toMatchObject({ 'x-kept': 'yes' });
    expect(seen.headers).not.toHaveProperty('transfer-encoding');
    expect(seen.headers).not.toHaveProperty('upgrade');
    expect(seen.headers['content-length'] ?? '').not.toContain('3,');
    expect(seen.body).not.toMatch(/transfer-encoding|timeout=9/);
    await servesTheNext(served);
  },
);

test.each(Object.entries(ways))(
  'a refusal with such a header keeps its status, by %s',
  async (_way, call) => {
    const served = await serving(() => {
      throw new ConnectError('not now', Code.Aborted, { 'x-name': 'a\x01b', 'transfer-encoding': 'chunked' });
    });
    const seen = await call(served);

    expect([code('aborted'), INTERNAL]).toContain(seen.code);
    await servesTheNext(served);
  },
);

for (const pace of ['at once', 'later']) {
  test.each(Object.entries(ways))(
    `a message that cannot be written, given ${pace}, is INTERNAL, by %s`,
    async (_way, call) => {
      const wrong = { book: { bookId: 'x', free: 10n as never } };
      const served = await serving(() => (pace === 'at once' ? wrong : Promise.resolve(wrong)));
      const seen = await call(served);

      expect(seen.code).toBe(INTERNAL);
      expect(seen.body).not.toMatch(/int32|free|\.ts|at /);
      expect(served.lines.filter(({ level }) => Number(level) >= 50)).toMatchObject([{ method: 'GetBook' }]);
      await servesTheNext(served);
    },
  );
}

const letter = '/v1/boxes/ann/letters/one';
/** JSON has no form for a time so far away. */
const TOO_LATE = { sentAt: { seconds: 10n ** 15n } };
const watch = '/v1/boxes/ann/letters:watch';

test.each(['a header', 'a message'])('%s that cannot be sent is 500 by REST', async (what) => {
  const served = await stand(
    {},
    {
      mail: {
        getLetter: (_request, { responseHeader }) => {
          if (what === 'a header') {
            responseHeader.set('x-name', 'a\x01b');
          }
          return { letter: { letterId: 'one', ...(what === 'a message' && TOO_LATE) } };
        },
      },
    },
  );
  const { status, body, headers } = await ask(served, 'GET', letter);

  expect({ status, name: headers['x-name'] }).toEqual({ status: 500, name: undefined });
  expect(JSON.parse(body)).toHaveProperty('error');
  expect(body).not.toMatch(/sentAt|Timestamp|\.ts/);
  expect(served.lines.filter(({ level }) => Number(level) >= 50)).toMatchObject([{ method: 'GetLetter' }]);
  await servesTheNext(served);
});

test.each(['a header', 'the first message', 'a later message'])(
  '%s of a REST stream that cannot be sent ends it',
  async (what) => {
    const served = await stand(
      {},
      {
        mail: {
          watchLetters: async function* (_request, { responseHeader }) {
            if (what === 'a header') {
              responseHeader.set('x-name', 'a\x01b');
            }
            yield { sequence: 1n, letter: { ...(what === 'the first message' && TOO_LATE) } };
            yield { sequence: 2n, letter: { ...(what === 'a later message' && TOO_LATE) } };
          },
        },
      },
    );
    const { status, body } = await ask(served, 'GET', watch, { accept: 'application/x-ndjson' });

    expect(body).toContain('"error"');
    expect(body).not.toMatch(/Timestamp|\.ts/);
    expect(status).toBe(what === 'a later message' ? 200 : 500);
    expect(served.lines.filter(({ level }) => Number(level) >= 50)).toMatchObject([
      { method: 'WatchLetters' },
    ]);
    await servesTheNext(served);
  },
);

test.each(['header', 'trailer', 'message'])(
  'a %s of a stream that cannot be sent ends it alone',
  async (what) => {
    const library = createLibrary();
    library.service.exportBooks = async function* (_request, context) {
      if (what === 'header') {
        context.responseHeader.set('x-name', 'a\x01b');
      } else if (what === 'trailer') {
        context.responseTrailer.set('x-name', 'a\x01b');
        context.responseTrailer.set('connection', 'close');
      }
      yield { book: { free: what === 'message' ? (10n as never) : 1 } };
    };
    const served = await stand({}, { library });
    await ask2(
      served,
      { 'content-type': 'application/grpc+json' },
      envelope(Buffer.from('{}')),
      EXPORT_BOOKS,
    ).catch(() => undefined);
    await ask(
      served,
      'POST',
      EXPORT_BOOKS,
      { 'content-type': 'application/connect+json' },
      envelope(Buffer.from('{}')),
    ).catch(() => undefined);

    await servesTheNext(served);
  },
);

test.each([
  ['application/grpc+json', EXPORT_BOOKS],
  ['application/grpc', EXPORT_BOOKS],
  ['application/grpc-web+json', EXPORT_BOOKS],
  ['application/connect+json', EXPORT_BOOKS],
  ['application/connect+proto', EXPORT_BOOKS],
  ['application/grpc+json', IMPORT_BOOKS],
])(
  'a message of a stream that cannot be written is INTERNAL, and in the log, in %s of %s',
  async (type, path) => {
    const library = createLibrary();
    const wrong = 10n as never;
    library.service.exportBooks = async function* () {
      yield { book: { free: 1 } };
      yield { book: { free: wrong } };
    };
    library.service.importBooks = async () => ({ count: wrong });
    const served = await stand({}, { library });
    const request = /json/.test(type) ? Buffer.from('{"title":"Emma"}') : Buffer.alloc(0);
    const { headers, body } = await ask2(served, { 'content-type': type }, envelope(request), path);
    const told = `${JSON.stringify(headers)}${body}`;

    expect(told).toMatch(/"grpc-status":"13"|grpc-status: 13|"code":"internal"/);
    expect(decodeURIComponent(told)).toMatch(/internal error, trace [0-9a-f]{32}/);
    expect(told).not.toMatch(/int32|\.ts/);
    expect(served.lines).toMatchObject([
      { level: 50, code: 'INTERNAL', err: { message: expect.any(String) } },
    ]);
    await servesTheNext(served);
  },
);

test('an answer that goes the long way through connect-es and cannot be written is INTERNAL', async () => {
  const served = await serving(() => ({ book: { bookId: 'x', free: 10n as never } }));
  const type = { 'content-type': 'application/json; charset=UTF8' };
  const { status, body } = await ask(served, 'POST', GET_BOOK, type, '{"bookId":"bad"}');

  expect({ status, ...JSON.parse(body) }).toMatchObject({
    status: 500,
    code: 'internal',
    message: expect.stringMatching(/^internal error, trace/),
  });
  expect(served.lines).toMatchObject([{ method: 'GetBook', level: 50, code: 'INTERNAL' }]);
});
