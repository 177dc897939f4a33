import http2 from 'node:http2';
import type { HandlerContext } from '@connectrpc/connect';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, onTestFinished, test } from 'vitest';
import { refuse } from '../errors/failure.ts';
import { createLibrary } from '../testdata/library.ts';
import { ask, EXPORT_BOOKS, envelope, GET_BOOK, IMPORT_BOOKS, type Stand, stand } from './testdata/stand.ts';

// A handler that passes on what another server said may set fields that are for the protocol to set. The protocol's own
// are sent, and sent once.

const FOREIGN = {
  'access-control-allow-origin': '*',
  'accept-encoding': 'zip',
  'connect-content-encoding': 'zip',
  'connect-timeout-ms': 'never',
  'content-encoding': 'zip',
  'content-length': '7',
  'content-type': 'text/html',
  'grpc-encoding': 'zip',
  'grpc-message': 'none%20of%20yours',
  'grpc-status': '7',
  'grpc-status-details-bin': 'AAEC',
  'x-frame-options': 'ALLOWALL',
  'x-trace-id': 'mine',
};

function pollute({ responseHeader, responseTrailer }: HandlerContext): void {
  for (const [name, value] of Object.entries(FOREIGN)) {
    responseHeader.set(name, value);
    responseTrailer.set(name, value);
  }
  responseHeader.set('x-kept', 'header');
  responseTrailer.set('x-kept-too', 'trailer');
}

/** Answers under foreign names; `bad` is refused, with more of them in what is thrown. */
async function polluted(): Promise<Stand> {
  const library = createLibrary();
  const refusal = () => new ConnectError('not now', Code.Aborted, { ...FOREIGN, 'x-why': 'busy' });
  library.service.getBook = ({ bookId }, context) => {
    pollute(context);
    if (bookId === 'bad') {
      throw refusal();
    }
    return { book: { bookId } };
  };
  library.service.exportBooks = async function* ({ count }, context) {
    pollute(context);
    yield { book: { bookId: 'one' } };
    if (count === 2) {
      throw refusal();
    }
  };
  library.service.importBooks = async (requests, context) => {
    for await (const _request of requests) {
      pollute(context);
    }
    return { count: 1 };
  };
  return stand({ cors: { origins: ['https://app.example.com'] } }, { library });
}

interface Seen {
  /** All fields of the header, then all of the trailer: name, value, name, value. */
  readonly header: readonly string[];
  readonly trailer: readonly string[];
  readonly body: string;
}

function ask2({ url }: Stand, path: string, type: string, body?: Uint8Array): Promise<Seen> {
  const session = http2.connect(url);
  onTestFinished(() => session.destroy());
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const stream = session.request({ ':method': method, ':path': path, 'content-type': type });
    let [header, trailer]: string[][] = [[], []];
    let text = '';
    // Node joins fields of the same name unless it is asked for them as they came.
    stream.on('response', (_fields, _flags, raw?: string[]) => {
      header = raw ?? [];
    });
    stream.on('trailers', (_fields, _flags, raw?: string[]) => {
      trailer = raw ?? [];
    });
    stream.on('data', (chunk) => {
      text += (chunk as Buffer).toString('latin1');
    });
    stream.on('error', reject);
    stream.on('close', () => resolve({ header: header ?? [], trailer: trailer ?? [], body: text }));
    stream.end(body);
  });
}

/** The values of a field. */
function values(fields: readonly string[], name: string): string[] {
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.toLowerCase() === name);
}

/** Lines of the frame of trailers that ends an answer of gRPC-Web. */
function trailerLines(body: string): string[] {
  return body
    .slice(body.lastIndexOf('\x80') + 5)
    .trim()
    .split('\r\n');
}

const json = (value: unknown, framed = true) => {
  const bytes = Buffer.from(JSON.stringify(value));
  return framed ? envelope(bytes) : bytes;
};

test.each([
  { path: GET_BOOK, type: 'application/grpc+json', body: json({ bookId: 'x' }), status: '0' },
  { path: GET_BOOK, type: 'application/grpc+json', body: json({ bookId: 'bad' }), status: '10' },
  { path: EXPORT_BOOKS, type: 'application/grpc+json', body: json({ count: 1 }), status: '0' },
  { path: EXPORT_BOOKS, type: 'application/grpc+json', body: json({ count: 2 }), status: '10' },
  { path: IMPORT_BOOKS, type: 'application/grpc+json', body: json({ title: 'Emma' }), status: '0' },
])('gRPC, $path, status $status', async ({ path, type, body, status }) => {
  const { header, trailer } = await ask2(await polluted(), path, type, body);

  expect(values(header, 'content-type')).toEqual([type]);
  expect(values(header, 'grpc-status')).toEqual([]);
  expect(values(header, 'grpc-encoding')).toEqual([]);
  expect(values(header, 'x-kept')).toEqual(['header']);
  const isGood = path === GET_BOOK && status === '0';
  expect(values(header, 'x-trace-id')).toEqual(isGood ? [] : [expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect(values(trailer, 'grpc-status')).toEqual([status]);
  expect(values(trailer, 'grpc-message')).toEqual(status === '0' ? [] : ['not%20now']);
  expect(values(trailer, 'grpc-status-details-bin')).toEqual([]);
  expect(values(trailer, 'x-kept-too')).toEqual(['trailer']);
  expect(values(trailer, 'x-why')).toEqual(status === '0' ? [] : ['busy']);
  expect(values(trailer, 'content-type')).toEqual([]);
});

test.each([
  { path: GET_BOOK, body: json({ bookId: 'x' }), status: '0' },
  { path: GET_BOOK, body: json({ bookId: 'bad' }), status: '10' },
  { path: EXPORT_BOOKS, body: json({ count: 1 }), status: '0' },
  { path: EXPORT_BOOKS, body: json({ count: 2 }), status: '10' },
])('gRPC-Web, $path, status $status', async ({ path, body, status }) => {
  const type = 'application/grpc-web+json';
  const { header, body: received } = await ask2(await polluted(), path, type, body);
  const lines = trailerLines(received);
  const ofName = (name: string) => lines.filter((line) => line.toLowerCase().startsWith(`${name}:`));

  expect(values(header, 'content-type')).toEqual([type]);
  expect(values(header, 'grpc-status')).toEqual([]);
  expect(values(header, 'grpc-encoding')).toEqual([]);
  expect(values(header, 'access-control-allow-origin')).toEqual([]);
  expect(values(header, 'x-kept')).toEqual(['header']);
  expect(ofName('grpc-status')).toEqual([`grpc-status: ${status}`]);
  expect(ofName('grpc-message')).toHaveLength(status === '0' ? 0 : 1);
  expect(ofName('grpc-status-details-bin')).toEqual([]);
  expect(ofName('x-kept-too')).toEqual(['x-kept-too: trailer']);
});

test.each([1, 2])('Connect over HTTP/%i', async (version) => {
  const served = await polluted();
  const read = async (bookId: string): Promise<readonly string[]> => {
    if (version === 2) {
      return (await ask2(served, GET_BOOK, 'application/json', json({ bookId }, false))).header;
    }
    const type = { 'content-type': 'application/json' };
    const { headers } = await ask(served, 'POST', GET_BOOK, type, JSON.stringify({ bookId }));
    return Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  };
  for (const bookId of ['x', 'bad']) {
    const header = await read(bookId);

    expect(values(header, 'content-type')).toEqual(['application/json']);
    expect(values(header, 'content-encoding')).toEqual([]);
    expect(values(header, 'x-frame-options')).toEqual(['DENY']);
    expect(values(header, 'access-control-allow-origin')).toEqual([]);
    expect(values(header, 'x-kept')).toEqual(['header']);
    expect(values(header, 'trailer-x-kept-too')).toEqual(['trailer']);
    expect(header.filter((name, at) => at % 2 === 0 && /^(trailer-)?(grpc|connect)-/.test(name))).toEqual([]);
  }
});

test.each([1, 2])('streams of Connect, %i', async (count) => {
  const type = 'application/connect+json';
  const { header, body } = await ask2(await polluted(), EXPORT_BOOKS, type, json({ count }));
  const end = JSON.parse(body.slice(body.lastIndexOf('\x02') + 5));

  expect(values(header, 'content-type')).toEqual([type]);
  expect(values(header, 'connect-content-encoding')).toEqual([]);
  expect(values(header, 'x-kept')).toEqual(['header']);
  expect(end.metadata).toMatchObject({ 'x-kept-too': ['trailer'] });
  expect(Object.keys(end.metadata).filter((name) => /^(grpc|connect|content)-/.test(name))).toEqual([]);
  expect(end.error?.code).toBe(count === 2 ? 'aborted' : undefined);
});

test('what goes the long way through connect-es', async () => {
  const served = await polluted();
  const type = 'application/json; charset=UTF8';
  for (const bookId of ['x', 'bad']) {
    const { header } = await ask2(served, GET_BOOK, type, json({ bookId }, false));

    expect(values(header, 'content-type')).toEqual(['application/json']);
    expect(values(header, 'content-encoding')).toEqual([]);
    expect(values(header, 'x-trace-id')).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(values(header, 'x-kept')).toEqual(['header']);
  }
});

describe('what a handler and its answer both say is said once', () => {
  const LETTER = '/v1/boxes/b/letters/l';

  /** Says things before it answers, or fails. */
  function talkative(fails: boolean): Promise<Stand> {
    const library = createLibrary();
    const talk = ({ responseHeader, responseTrailer }: HandlerContext): void => {
      responseHeader.set('retry-after', '30');
      responseHeader.set('cache-control', 'public, max-age=60');
      responseHeader.append('set-cookie', 'a=1');
      responseHeader.append('set-cookie', 'b=2');
      responseTrailer.set('retry-after', '20');
      if (fails) {
        throw refuse('UNAVAILABLE', 'busy', [], { retryAfterMs: 1000 });
      }
    };
    library.service.getBook = (_request, context) => {
      talk(context);
      return {};
    };
    const getLetter = (_request: unknown, context: HandlerContext) => {
      talk(context);
      return {};
    };
    return stand({}, { library, mail: { getLetter } });
  }

  test('REST: an error keeps its own words', async () => {
    const { header } = await ask2(await talkative(true), LETTER, 'application/json');

    expect(values(header, ':status')).toEqual(['503']);
    expect(values(header, 'retry-after')).toEqual(['1']);
    expect(values(header, 'cache-control')).toEqual(['no-store']);
    expect(values(header, 'set-cookie')).toEqual(['a=1', 'b=2']);
  });

  test('REST: a handler knows how long its answer can be kept', async () => {
    const { header } = await ask2(await talkative(false), LETTER, 'application/json');

    expect(values(header, ':status')).toEqual(['200']);
    expect(values(header, 'cache-control')).toEqual(['public, max-age=60']);
    expect(values(header, 'retry-after')).toEqual(['20']);
    expect(values(header, 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(values(header, 'x-content-type-options')).toEqual(['nosniff']);
    expect(values(header, 'content-type')).toEqual(['application/json']);
  });

  test('Connect', async () => {
    const served = await talkative(true);
    const { header } = await ask2(served, GET_BOOK, 'application/json', json({ bookId: 'x' }, false));

    expect(values(header, ':status')).toEqual(['503']);
    expect(values(header, 'retry-after')).toEqual(['1']);
    expect(values(header, 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(served.lines).toMatchObject([{ code: 'UNAVAILABLE' }]);
  });

  test('gRPC, in its trailer', async () => {
    const served = await talkative(true);
    const { trailer } = await ask2(served, GET_BOOK, 'application/grpc+json', json({ bookId: 'x' }));

    expect(values(trailer, 'grpc-status')).toEqual(['14']);
    expect(values(trailer, 'retry-after')).toEqual(['1']);
  });
});
