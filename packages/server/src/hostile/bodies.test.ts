import http2 from 'node:http2';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import {
  type Answer,
  ask,
  dial,
  EXPORT_BOOKS,
  envelope,
  GET_BOOK,
  IMPORT_BOOKS,
  JSON_TYPE,
  memoryInUse,
  type Stand,
  servesTheNext,
  stand,
} from './testdata/stand.ts';

// Bodies that are more than they say, less than they say, or more than they seem.

const LETTERS = '/v1/boxes/ann/letters';
const MIB = 1024 * 1024;

/** A request over HTTP/2, its body in one piece or in many. */
function ask2(
  { url }: Stand,
  path: string,
  headers: http2.OutgoingHttpHeaders,
  pieces: readonly Uint8Array[],
): Promise<Answer> {
  const session = http2.connect(url);
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let all: http2.IncomingHttpHeaders = {};
    let body = '';
    stream.on('response', (received) => {
      all = { ...all, ...received };
    });
    stream.on('trailers', (received) => {
      all = { ...all, ...received };
    });
    stream.on('data', (chunk) => {
      body += String(chunk);
    });
    stream.on('error', reject);
    stream.on('close', () =>
      resolve({ status: Number(all[':status']), headers: all as Answer['headers'], body }),
    );
    for (const piece of pieces) {
      stream.write(piece);
    }
    stream.end();
  });
}

/** What gRPC, gRPC-Web and Connect call a request that is too large, wherever they say it. */
function refusal({ status, headers, body }: Answer): string {
  const isText = headers['content-type']?.includes('text') === true;
  const said = isText ? Buffer.from(body, 'base64').toString('latin1') : body;
  const grpc = headers['grpc-status'] ?? /grpc-status: (\d+)/.exec(said)?.[1];
  return grpc === undefined ? `${status} ${/"code":"(\w+)"/.exec(body)?.[1]}` : `grpc ${grpc}`;
}

const bomb = {
  gzip: gzipSync(Buffer.alloc(64 * MIB)),
  br: brotliCompressSync(Buffer.alloc(64 * MIB), { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
};

const unary = ['application/grpc', 'application/grpc-web', 'application/proto', 'application/json'];

test.each(
  (['gzip', 'br'] as const).flatMap((coding) => [
    { coding, type: 'application/grpc', path: GET_BOOK, expected: 'grpc 8' },
    { coding, type: 'application/json', path: GET_BOOK, expected: '429 resource_exhausted' },
    { coding, type: 'application/json', path: LETTERS, expected: '413 CONTENT_TOO_LARGE' },
    { coding, type: 'application/grpc', path: EXPORT_BOOKS, expected: 'grpc 8' },
    { coding, type: 'application/connect+proto', path: EXPORT_BOOKS, expected: '200 resource_exhausted' },
  ]),
)(
  'SECURITY 15: bombs of $coding at $path in $type are refused, and memory stays flat',
  async ({ coding, type, path, expected }) => {
    const served = await stand();
    const isEnveloped = /grpc|connect/.test(type);
    const header = type.includes('connect')
      ? 'connect-content-encoding'
      : isEnveloped
        ? 'grpc-encoding'
        : 'content-encoding';
    const body = isEnveloped ? envelope(bomb[coding], 1) : bomb[coding];
    const send = () => ask2(served, path, { 'content-type': type, [header]: coding }, [body]);
    expect(refusal(await send())).toBe(expected);
    const before = await memoryInUse();
    await Promise.all(Array.from({ length: 10 }, send));

    expect((await memoryInUse()) - before).toBeLessThan(8 * MIB);
    await servesTheNext(served);
  },
);

test.each(['identity', 'gzip', 'br'] as const)(
  'SECURITY 15: a message of 1 MiB is served, one byte more is refused, sent as %s',
  async (coding) => {
    const served = await stand();
    const code = { identity: (bytes: Buffer) => bytes, gzip: gzipSync, br: brotliCompressSync }[coding];
    // A field that the contract does not know: its key, three bytes of length, and the rest.
    const known = Buffer.from('\x0a\x04dune');
    const message = (size: number) => {
      const rest = size - known.length - 4;
      const length = [(rest & 127) | 128, ((rest >> 7) & 127) | 128, rest >> 14];
      return Buffer.concat([known, Buffer.from([0x7a, ...length]), Buffer.alloc(rest)]);
    };
    const send = (path: string, type: string, size: number) => {
      const body = code(message(size));
      return type === 'application/grpc'
        ? ask2(served, path, { 'content-type': type, 'grpc-encoding': coding }, [
            envelope(body, coding === 'identity' ? 0 : 1),
          ])
        : ask2(served, path, { 'content-type': type, 'content-encoding': coding }, [body]);
    };

    expect(message(MIB)).toHaveLength(MIB);
    expect(refusal(await send(GET_BOOK, 'application/grpc', MIB))).toBe('grpc 0');
    expect(refusal(await send(GET_BOOK, 'application/grpc', MIB + 1))).toBe('grpc 8');
    expect((await send(GET_BOOK, 'application/proto', MIB)).status).toBe(200);
    expect(refusal(await send(GET_BOOK, 'application/proto', MIB + 1))).toBe('429 resource_exhausted');
    await servesTheNext(served);
  },
);

test('SECURITY 15: bombs in the query of a GET are refused', async () => {
  const served = await stand();
  const small = gzipSync(Buffer.alloc(4 * MIB)).toString('base64url');
  const answer = await ask(
    served,
    'GET',
    `${GET_BOOK}?encoding=proto&base64=1&compression=gzip&message=${small}`,
  );

  expect(refusal(answer)).toBe('429 resource_exhausted');
});

test.each([1, 2])('bodies in tiny pieces cost no more than their bytes, over HTTP/%i', async (version) => {
  const served = await stand();
  const count = 100_000;
  const before = await memoryInUse();
  let used: number;
  if (version === 1) {
    const { socket } = dial(served);
    socket.write(
      `POST ${GET_BOOK} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const block = '1\r\n \r\n'.repeat(1000);
    for (let round = 0; round < count / 1000; round++) {
      await new Promise((resolve) => socket.write(block, resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    used = (await memoryInUse()) - before;
    socket.write(`11\r\n{"bookId":"dune"}\r\n0\r\n\r\n`);
  } else {
    const session = http2.connect(served.url);
    session.on('error', () => undefined);
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':method': 'POST', ':path': GET_BOOK, ...JSON_TYPE });
    stream.on('error', () => undefined);
    const space = Buffer.from(' ');
    for (let round = 0; round < count / 10; round++) {
      const last = new Promise((resolve) => stream.write(space, resolve));
      if (round % 100 === 0) {
        await last;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    used = (await memoryInUse()) - before;
    stream.end('{"bookId":"dune"}');
    stream.resume();
    await new Promise((resolve) => stream.once('close', resolve));
  }

  expect(used).toBeLessThan(6 * MIB);
  await servesTheNext(served);
});

const big = Buffer.alloc(3 * MIB, 'x');
const pieces = Array.from({ length: 300 }, () => big.subarray(0, 10_000));

test.each([
  ...unary.map((type) => ({
    type,
    path: GET_BOOK,
    expected: type.includes('grpc') ? 'grpc 8' : '429 resource_exhausted',
  })),
  { type: 'application/grpc-web-text', path: GET_BOOK, expected: 'grpc 8' },
  { type: 'application/json', path: LETTERS, expected: '413 CONTENT_TOO_LARGE' },
  { type: 'application/grpc', path: EXPORT_BOOKS, expected: 'grpc 8' },
  { type: 'application/grpc', path: IMPORT_BOOKS, expected: 'grpc 8' },
  { type: 'application/connect+json', path: IMPORT_BOOKS, expected: '200 resource_exhausted' },
])(
  'SECURITY 15: three times too much for $path in $type is refused, declared or not, at once or in pieces',
  async ({ type, path, expected }) => {
    const served = await stand();
    const isEnveloped = /grpc|connect/.test(type);
    const isText = type.includes('text');
    const start = isEnveloped ? envelope(Buffer.alloc(0), 0, 3 * MIB) : Buffer.alloc(0);
    const asText = (bytes: Uint8Array) =>
      isText ? Buffer.from(Buffer.from(bytes).toString('base64')) : bytes;
    const whole = Buffer.concat([start, big]);
    const headers = { 'content-type': type };
    const length = { 'content-length': String(asText(whole).length) };
    const sent = await Promise.all([
      ask2(served, path, headers, [asText(whole)]),
      ask2(served, path, { ...headers, ...length }, [asText(whole)]),
      ask2(served, path, headers, isText ? [asText(whole)] : [start, ...pieces]),
    ]);

    expect(sent.map(refusal)).toEqual([expected, expected, expected]);
    await servesTheNext(served);
  },
);

test.each([
  ['no bytes of its message', 'application/grpc', envelope(Buffer.alloc(0), 0, 10)],
  ['half of its envelope', 'application/grpc', Buffer.from([0, 0])],
  ['reserved flags', 'application/grpc', envelope(Buffer.from('{}'), 0x40)],
  ['base64 that is none', 'application/grpc-web-text', Buffer.from('!!!!')],
  ['base64 that ends early', 'application/grpc-web-text', Buffer.from('AAAAAA')],
  ['a length of four gigabytes', 'application/grpc', envelope(Buffer.from('{}'), 0, 0xffffffff)],
  ['no compression it names', 'application/grpc', envelope(Buffer.from('{}'), 1)],
])('a message with %s is refused, and so is a stream of it', async (_what, type, body) => {
  const served = await stand();
  const headers = { 'content-type': type };
  for (const path of [GET_BOOK, EXPORT_BOOKS, IMPORT_BOOKS]) {
    const answer = refusal(await ask2(served, path, headers, [body]));
    expect(answer).toMatch(/^grpc (3|8|12|13)$/);
  }
  await servesTheNext(served);
});

test.each([
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['multipart/form-data; boundary=x', 415],
  ['application/json; charset=utf-16', 415],
  ['application/grpc; charset="', 415],
  ['application/protoo', 415],
  ['*/*', 415],
  [`application/${'x'.repeat(5000)}`, 415],
])('a body of the type %s is no request', async (type, status) => {
  const served = await stand();
  for (const path of [GET_BOOK, EXPORT_BOOKS, LETTERS]) {
    const answer = await ask(served, 'POST', path, { 'content-type': type }, '{"bookId":"dune"}');
    expect([path, answer.status, answer.body.includes('"title"')]).toEqual([path, status, false]);
  }
});
