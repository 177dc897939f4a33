import { create, toBinary } from '@bufbuild/protobuf';
import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { LendBookRequestSchema } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import {
  ask,
  EXPORT_BOOKS,
  envelope,
  GET_BOOK,
  JSON_TYPE,
  LEND_BOOK,
  servesTheNext,
  stand,
  WAIT,
} from './testdata/stand.ts';

// Requests that are well-formed HTTP, and nothing else.

const LETTERS = '/v1/boxes/ann/letters';
/** What no answer may show: stacks, statements, paths of files. */
const INSIDE = /\bat \S+ \(|node_modules|node:|\.ts\b|\/work\/|Maximum call stack|RangeError|TypeError/;

const nested = (depth: number) => '{"inner":'.repeat(depth);
const deep: Record<string, string> = {
  'messages in each other': `{"bookId":"dune","wrapping":${nested(90_000)}{}${'}'.repeat(90_000)}}`,
  'as many as nearly fit the stack': `{"bookId":"dune","wrapping":${nested(2000)}{}${'}'.repeat(2000)}}`,
  'lists of an unknown field': `{"bookId":"dune","unknown":${'['.repeat(250_000)}${']'.repeat(250_000)}}`,
  'lists that do not end': '['.repeat(900_000),
};

test.each(Object.entries(deep))('JSON with %s is refused or passed over', async (_what, body) => {
  const served = await stand();
  for (const path of [LEND_BOOK, LETTERS]) {
    const { status, body: said } = await ask(served, 'POST', path, JSON_TYPE, body);
    expect([path, status >= 500, INSIDE.test(said)]).toEqual([path, false, false]);
  }
  expect(served.lines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  await servesTheNext(served);
});

test('every depth of JSON is either served or the fault of its sender', async () => {
  const served = await stand();
  for (let depth = 60; depth < 20_000; depth = Math.ceil(depth * 1.7)) {
    const body = `{"bookId":"dune","idempotencyKey":"k${depth}","wrapping":${nested(depth)}{}${'}'.repeat(depth)}}`;
    const { status } = await ask(served, 'POST', LEND_BOOK, JSON_TYPE, body);
    expect([depth, [200, 400].includes(status)]).toEqual([depth, true]);
  }
});

test('messages in each other, in binary, are refused', async () => {
  const served = await stand();
  let body = Buffer.alloc(0);
  for (let depth = 0; depth < 5000; depth++) {
    const length: number[] = [];
    for (let rest = body.length; ; rest >>>= 7) {
      length.push(rest < 128 ? rest : (rest & 127) | 128);
      if (rest < 128) {
        break;
      }
    }
    body = Buffer.concat([Buffer.from([depth === 4999 ? 0x52 : 0x2a, ...length]), body]);
  }
  const answer = await ask(served, 'POST', LEND_BOOK, { 'content-type': 'application/proto' }, body);

  expect(answer.status).toBe(400);
  expect(answer.body).not.toMatch(INSIDE);
  await servesTheNext(served);
});

test('lists of a million items are served or refused, in time', async () => {
  const served = await stand();
  const readers = `{"bookId":"dune","readers":[${'"",'.repeat(340_000)}""]}`;
  expect((await ask(served, 'POST', LEND_BOOK, JSON_TYPE, readers)).status).toBe(400);
  const empty = toBinary(
    LendBookRequestSchema,
    create(LendBookRequestSchema, { bookId: 'dune', readers: Array(500_000).fill('') }),
  );
  expect((await ask(served, 'POST', LEND_BOOK, { 'content-type': 'application/proto' }, empty)).status).toBe(
    400,
  );
  const labels = JSON.stringify({
    bookId: 'dune',
    idempotencyKey: 'k',
    labels: Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, ''])),
  });
  expect((await ask(served, 'POST', LEND_BOOK, JSON_TYPE, labels)).status).toBe(200);
  await servesTheNext(served);
});

test.each([
  [
    'as a key of a map',
    '{"bookId":"dune","idempotencyKey":"a","labels":{"__proto__":"x","constructor":"y","toString":"z"}}',
  ],
  ['as a field', '{"bookId":"dune","idempotencyKey":"b","__proto__":{"forever":true,"isAdmin":true}}'],
  [
    'deep inside',
    '{"bookId":"dune","idempotencyKey":"c","wrapping":{"__proto__":{"colour":"red"},"constructor":{"prototype":{"isAdmin":true}}}}',
  ],
])('__proto__ %s changes nothing but its own request', async (_where, body) => {
  const library = createLibrary();
  const seen: unknown[] = [];
  library.before = (request) => {
    seen.push(request.forever, (request as { isAdmin?: unknown }).isAdmin, request.wrapping?.look.value);
  };
  const served = await stand({}, { library });
  const answer = await ask(served, 'POST', LEND_BOOK, JSON_TYPE, body);
  await ask(
    served,
    'POST',
    LETTERS,
    JSON_TYPE,
    '{"letter":{"text":"x"},"remarks":{"__proto__":"y"},"__proto__":{"polluted":1}}',
  );

  expect([200, 400]).toContain(answer.status);
  expect(seen.filter((value) => value !== false && value !== undefined)).toEqual([]);
  expect(({} as { isAdmin?: unknown; polluted?: unknown }).isAdmin).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
  await servesTheNext(served);
});

test.each([
  [
    'JSON',
    'application/json',
    Buffer.from([...Buffer.from('{"bookId":"'), 0xc3, 0x28, ...Buffer.from('"}')]),
  ],
  [
    'JSON with an overlong slash',
    'application/json',
    Buffer.from([...Buffer.from('{"bookId":"'), 0xc0, 0xaf, ...Buffer.from('"}')]),
  ],
  ['JSON in UTF-16', 'application/json', Buffer.from('{"bookId":"dune"}', 'utf16le')],
  ['a string of Protobuf', 'application/proto', Buffer.from([0x0a, 2, 0xc3, 0x28])],
  ['a varint without end', 'application/proto', Buffer.alloc(20, 0xff)],
  ['a length beyond the message', 'application/proto', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ['a group that never ends', 'application/proto', Buffer.alloc(2000, 0x0b)],
  ['a wire type of nobody', 'application/proto', Buffer.from([0x0f, 0x0f])],
])('%s that is broken is INVALID_ARGUMENT', async (_what, type, body) => {
  const served = await stand();
  const answer = await ask(served, 'POST', GET_BOOK, { 'content-type': type }, body);
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('invalid_argument') });
  expect(answer.body).not.toMatch(INSIDE);
  if (type === 'application/json') {
    const rest = await ask(served, 'POST', LETTERS, JSON_TYPE, body);
    expect([rest.status, INSIDE.test(rest.body)]).toEqual([400, false]);
  }
});

test.each([
  '/docs/../../../etc/passwd',
  '/docs/..%2f..%2fetc%2fpasswd',
  '/docs/%2e%2e/%2e%2e/etc/passwd',
  '/docs/....//....//etc/passwd',
  '/docs/..\\..\\etc\\passwd',
  '/docs/%00',
  '/docs/%c0%ae%c0%ae/x',
  '/v1/boxes/../../../etc/passwd',
  '/v1/boxes/%zz/letters/one',
  '/v1/boxes/%ff%fe/letters/one',
  '/v1/boxes/%c0%af/letters/one',
  '/v1/boxes//letters/',
  `/v1/boxes/${'%41'.repeat(4000)}/letters/one`,
  `/v1/boxes/${'/'.repeat(8000)}`,
  '/v1/boxes/a/letters/one?%',
  `/v1/boxes/a/letters/one?${'a=b&'.repeat(3000)}`,
  `/v1/boxes/a/letters/one?${'a.'.repeat(3000)}=b`,
  '//',
  '/%',
  '/?',
  '*',
  'http://elsewhere.example/metrics',
  'http://',
])('the path %s leads nowhere it should not', async (path) => {
  const served = await stand();
  for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE']) {
    const { status, body } = await ask(served, method, path, JSON_TYPE, method === 'POST' ? '{}' : undefined);
    expect([method, status < 500, body.includes('root:'), INSIDE.test(body.replaceAll(path, ''))]).toEqual([
      method,
      true,
      false,
      false,
    ]);
  }
  await servesTheNext(served);
});

test('a value of a path is taken for one segment, whatever is in it', async () => {
  const served = await stand();
  const { body } = await ask(served, 'GET', '/v1/boxes/..%2f..%2fadmin/letters/%2e%2e');

  expect(JSON.parse(body)).toMatchObject({ letterId: '..', text: 'for ../../admin' });
});

test.each([
  ['-1', 400],
  ['', 400],
  ['0x10', 400],
  ['1e3', 400],
  ['1000 ', 200],
  ['99999999999', 400],
  ['9999999999', 200],
  ['0', 504],
  ['NaN', 400],
  ['١', 400],
])('connect-timeout-ms: %j', async (value, status) => {
  const served = await stand();
  // What a header may hold beyond ASCII is Latin-1.
  const header = Buffer.from(value).toString('latin1');
  const ask1 = (path: string, body: string) =>
    ask(served, 'POST', path, { ...JSON_TYPE, 'connect-timeout-ms': header }, body);
  expect((await ask1(WAIT, '{"waitMs":100}')).status).toBe(status);
  if (status !== 504) {
    const letter = '{"letter":{"text":"x","letterId":"a","postage":1,"weight":1,"serial":"1"}}';
    expect((await ask1(LETTERS, letter)).status).toBe(status === 200 ? 201 : status);
  }
});

test.each([
  ['-1S', 3],
  ['S', 3],
  ['1', 3],
  ['123456789S', 3],
  ['1.5S', 3],
  ['99999999H', 0],
  ['0n', 4],
  ['1S1S', 3],
])('grpc-timeout: %j', async (value, status) => {
  const served = await stand();
  const headers = { 'content-type': 'application/grpc-web+json', 'grpc-timeout': value };
  const answer = await ask(served, 'POST', WAIT, headers, envelope(Buffer.from('{"waitMs":5}')));
  expect(/grpc-status: (\d+)/.exec(answer.body)?.[1]).toBe(String(status));
  const stream = await ask(served, 'POST', EXPORT_BOOKS, headers, envelope(Buffer.from('{"count":2}')));
  expect(/grpc-status: (\d+)/.exec(stream.body)?.[1]).toBe(String(status));
});

test('SECURITY 16: no deadline of a client is longer than the limit', async () => {
  const library = createLibrary();
  library.service.wait = (_request, context) => ({ leftMs: Math.round(context.timeoutMs() ?? -1) });
  const served = await stand(
    { limits: { maxDeadlineMs: 1000 }, policies: () => ({ auth: Auth.PUBLIC, deadlineMs: 900 }) },
    { library },
  );
  for (const value of ['9999999999', '86400000']) {
    const { body } = await ask(served, 'POST', WAIT, { ...JSON_TYPE, 'connect-timeout-ms': value }, '{}');
    expect(JSON.parse(body).leftMs).toBeGreaterThan(0);
    expect(JSON.parse(body).leftMs).toBeLessThanOrEqual(900);
  }
});
