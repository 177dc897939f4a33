import { Code } from '@connectrpc/connect';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, refusalOf } from '../testdata/rest/ask.ts';
import { call, mailErrors, methodsOf, registry } from '../testdata/rest/mail.ts';
import type { RestResponse } from './rest-call.ts';
import { RestError } from './rest-error.ts';
import { createTranscoder, type RouteMatch } from './transcoder.ts';

const mail = createTranscoder({ methods: methodsOf('MailService'), registry, errors: mailErrors });
const kinds = createTranscoder({ methods: methodsOf('KindsService'), registry });
const strict = createTranscoder({ methods: methodsOf('KindsService'), registry, refuseUnknownJson: true });

const SEND = 'POST /v1/boxes/ann/letters';

function json(response: RestResponse): unknown {
  return JSON.parse(String(response.body));
}

test('routes are told, methods without a rule have none', () => {
  expect(
    mail.routes.map(({ httpMethod, template, method }) => `${httpMethod} ${template.text} ${method.name}`),
  ).toEqual([
    'POST /v1/boxes/{box_id}/letters SendLetter',
    'GET /v1/boxes/{box_id}/letters/{letter_id} GetLetter',
    'POST /v1/boxes/{box_id}/letters/{letter_id}:read ReadLetter',
    'PATCH /v1/{box_id=archive/*}/letters/{letter_id} ReadLetter',
    'GET /v1/boxes/{box_id}/letters:watch WatchLetters',
  ]);
});

test('both of two methods with one path are named', () => {
  expect(() =>
    createTranscoder({ methods: [...methodsOf('KindsService'), ...methodsOf('KindsService')], registry }),
  ).toThrow('mail.v1.KindsService/EchoBody (POST /v1/kinds) and mail.v1.KindsService/EchoBody');
});

// Queries

test.each([
  ['scalars.int32_value=x', 'scalars.int32_value', 'found "x"; expected an integer'],
  ['scalars.boolValue=1', 'scalars.bool_value', 'expected true or false'],
  ['scalars.color=red', 'scalars.color', 'expected'],
  ['scalars.color=77', 'scalars.color', 'expected one of UNSPECIFIED, RED, DARK_BLUE'],
  ['scalars.int32Value=1&scalars.int32_value=1', 'scalars.int32_value', 'the parameter once'],
  ['inner.word=a&inner.tint=RED', 'inner.tint', 'one field of choice'],
  ['inner.word=a&inner.inner.name=x', 'inner.inner.name', 'one field of choice'],
  ['inners.name=x', 'inners', 'a list of messages (mail.v1.Inner) cannot be given in a query'],
  ['inners=x', 'inners', 'a list of messages'],
  ['labels=x', 'labels', 'a map cannot'],
  ['labels.a=x', 'labels', 'a map cannot'],
  ['struct=x', 'struct', 'a message (google.protobuf.Struct) cannot'],
  ['inner=x', 'inner', 'name its fields'],
  ['well_known.time=now', 'well_known.time', 'a time such as'],
  ['well_known.duration=5', 'well_known.duration', 'a duration such as'],
  ['lists.ints=1&lists.ints=', 'lists.ints', 'found ""'],
  ['scalars.string_value=%ff', 'scalars.string_value', 'not percent-encoded UTF-8'],
  ['inner.token=a&inner.token=b', 'inner.token', 'found a text; expected the parameter once'],
])('the query %s is refused, with place and reason', (query, field, message) => {
  for (const transcoder of [strict, ...(query.includes('color') ? [] : [kinds])]) {
    const refusal = refusalOf(transcoder, `GET /v1/kinds?${query}`);

    expect(refusal.status).toBe(Code.InvalidArgument);
    expect(refusal.details[0]?.field).toBe(field);
    expect(refusal.message).toContain(message);
  }
});

test.each([
  'nope=1',
  'scalars.nope=1',
  'scalars.int32_value.x=1',
  '__proto__=1',
  '__proto__.x=1',
  'constructor.prototype.x=1',
  '=1',
  '.=1',
  'scalars.=1',
])('the parameter %s is refused where unknown ones are, and else skipped', (query) => {
  expect(refusalOf(strict, `GET /v1/kinds?${query}`).details[0]?.reason).toBe('UNKNOWN_FIELD');
  expect(ask(kinds, `GET /v1/kinds?${query}`).message).toEqual(ask(kinds, 'GET /v1/kinds').message);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test('parameters are written as people write them', () => {
  const { message } = ask(
    strict,
    'GET /v1/kinds?&scalars.stringValue=a+b%2Bc%26&scalars.color=RED&lists.colors=1&lists.colors=COLOR_DARK_BLUE' +
      '&lists.strings=&lists.strings=x%3Dy=z&well_known.mask=box_id,inner.name&scalars.bytesValue=+/8=' +
      '&well_known.wrappedLong=-5&well_known.duration=-0.5s&lists.wrapped=w&inner.at=2025-01-01T00:00:00%2B01:00&',
  );

  expect(message).toMatchObject({
    scalars: { stringValue: 'a b+c&', color: 1, bytesValue: new Uint8Array([251, 255]) },
    lists: { colors: [1, 2], strings: ['', 'x=y=z'], wrapped: [{ value: 'w' }] },
    wellKnown: {
      mask: { paths: ['box_id', 'inner.name'] },
      wrappedLong: -5n,
      duration: { seconds: 0n, nanos: -500_000_000 },
    },
    inner: { choice: { case: 'at', value: { seconds: 1735686000n } } },
  });
});

test('a query is bounded in number and depth', () => {
  const many = (count: number): string => `GET /v1/kinds?${'lists.ints=1&'.repeat(count)}`;

  expect(ask(kinds, many(256)).message).toMatchObject({ lists: { ints: { length: 256 } } });
  expect(refusalOf(kinds, many(257)).message).toContain('more than 256 parameters');
  expect(ask(kinds, `GET /v1/kinds?inner.${'next.'.repeat(62)}name=x`).message).toBeDefined();
  expect(refusalOf(kinds, `GET /v1/kinds?inner.${'next.'.repeat(63)}name=x`).message).toContain(
    'more than 64 parts',
  );
});

// Paths

test.each([
  ['GET /v1/path/a/x/1/true/1/AA/RED/n/r', 'number', 'found "x"; expected an integer'],
  ['GET /v1/path/a/1/1/true/1/AA/PINK/n/r', 'color', 'expected one of'],
  ['GET /v1/path/a/1/1/yes/1/AA/RED/n/r', 'flag', 'expected true or false'],
  ['GET /v1/path/%ff/1/1/true/1/AA/RED/n/r', 'text', 'not percent-encoded UTF-8'],
  ['GET /v1/path/%zz/1/1/true/1/AA/RED/n/r', 'text', 'not percent-encoded UTF-8'],
  ['GET /v1/path/a/1/1/true/1/AA/RED/n/%e2%28', 'rest', 'not percent-encoded UTF-8'],
])('%s is refused, with place and reason', (line, field, message) => {
  const refusal = refusalOf(kinds, line);

  expect(refusal.details[0]?.field).toBe(field);
  expect(refusal.message).toContain(message);
});

test.each([
  ['GET /v1/path/a/1/1/true/1/AA/RED/n/r?text=b', 'text'],
  ['GET /v1/path/a/1/1/true/1/AA/RED/n/r?inner.name=b', 'inner.name'],
  ['PUT /v1/lists/a?inners.name=b', 'inners.name'],
])('what path or body says is no parameter of the query: %s', (line, parameter) => {
  const [plain = ''] = line.split('?');

  expect(ask(kinds, line).message).toEqual(ask(kinds, plain).message);
  expect(refusalOf(strict, line).details).toEqual([{ field: parameter, reason: 'UNKNOWN_FIELD' }]);
});

test('a field of the path may be in the body, if it says the same', () => {
  expect(ask(mail, SEND, { body: { boxId: 'ann' } }).message).toMatchObject({ boxId: 'ann' });
  expect(ask(mail, SEND, { body: { boxId: '' } }).message).toMatchObject({ boxId: 'ann' });
  expect(refusalOf(mail, SEND, { body: { boxId: 'bob' } }).details).toEqual([
    { field: 'box_id', reason: 'CONFLICTS_WITH_PATH', value: '"ann"' },
  ]);
});

// Bodies

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON;charset="UTF-8"',
  'application/merge-patch+json',
])('a body of %s is read', (type) => {
  expect(
    ask(mail, SEND, { headers: { 'content-type': type }, body: '{"copies":["x"]}' }).message,
  ).toMatchObject({
    copies: ['x'],
  });
});

test.each([
  '',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=latin1',
  'application/xml',
  'application/jsonx',
])('a body of "%s" is refused, with what is expected instead', (type) => {
  const response = mail.encodeError(
    refusalOf(mail, SEND, { headers: { 'content-type': type }, body: '{}' }),
    call,
  );

  expect(response.status).toBe(415);
  expect(response.headers['accept-post']).toBe('application/json');
  expect(json(response)).toMatchObject({ error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
});

test('no body is an empty request, whatever its type', () => {
  expect(ask(mail, SEND, { headers: { 'content-type': 'text/plain' } }).message).toMatchObject({
    boxId: 'ann',
  });
});

test('a body nobody asked for is skipped, or refused where unknown fields are', () => {
  expect(ask(kinds, 'GET /v1/kinds', { body: { inner: {} } }).message).toEqual(
    ask(kinds, 'GET /v1/kinds').message,
  );
  expect(refusalOf(strict, 'GET /v1/kinds', { body: {} }).message).toContain('takes no body');
});

test('a body that fills one field leaves the others to query and path', () => {
  expect(
    ask(mail, 'PATCH /v1/archive/ann/letters/1?notify=true', { body: { status: 'READ' } }).message,
  ).toMatchObject({ boxId: 'archive/ann', letterId: '1', notify: true, letter: { status: 2 } });
  expect(
    refusalOf(mail, 'PATCH /v1/archive/ann/letters/1', { body: { status: 'GONE', text: 5 } }).details[0]
      ?.field,
  ).toBe('letter.text');
});

// Headers

test('the idempotency key comes by header or by field', () => {
  const withKey = (header: string, body: object = {}) =>
    ask(mail, SEND, { headers: { 'idempotency-key': header }, body });

  expect(withKey('abc').message).toMatchObject({ idempotencyKey: 'abc' });
  expect(withKey('"a\\"b"').message).toMatchObject({ idempotencyKey: 'a"b' });
  expect(withKey('abc', { idempotencyKey: 'abc' }).message).toMatchObject({ idempotencyKey: 'abc' });
  expect(ask(mail, SEND, { body: { idempotencyKey: 'x' } }).message).toMatchObject({ idempotencyKey: 'x' });
  expect(
    refusalOf(mail, SEND, { headers: { 'idempotency-key': 'a' }, body: { idempotencyKey: 'b' } }).details[0]
      ?.reason,
  ).toBe('CONFLICTS_WITH_HEADER');
});

test('a browser goes on with a stream where it was', () => {
  const line = 'GET /v1/boxes/ann/letters:watch?resume_token=1';

  expect(ask(mail, line).message).toMatchObject({ boxId: 'ann', resumeToken: '1' });
  expect(ask(mail, line, { headers: { 'last-event-id': '7' } }).message).toMatchObject({ resumeToken: '7' });
});

test.each([
  ['application/json', true],
  ['*/*', true],
  ['application/*;q=0.1', true],
  ['text/html, */*;q=0.1', true],
  ['text/html', false],
  ['application/json;q=0', false],
  ['application/json;q=0, */*', false],
  ['application/xml, text/*', false],
])('accept: %s', (accept, fits) => {
  const options = { headers: { accept }, body: {} };
  if (fits) {
    expect(() => ask(mail, SEND, options)).not.toThrow();
  } else {
    expect(mail.encodeError(refusalOf(mail, SEND, options), call).status).toBe(406);
  }
});

test('whatever is sent is a request or is refused', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '%',
      '%zz',
      '%00',
      '..',
      '.',
      '__proto__',
      'constructor',
      '=',
      '&',
      ':',
      '[]',
      '{}',
      'null',
      '-0',
    ),
  );
  const names = fc.constantFrom(
    'scalars',
    'inner',
    'next',
    'lists',
    'colors',
    'wellKnown',
    'time',
    'word',
    'labels',
  );
  const parameter = fc.tuple(fc.array(fc.oneof(names, hostile), { maxLength: 5 }), hostile);
  const query = fc
    .array(parameter.map(([path, value]) => `${path.join('.')}=${value}`))
    .map((all) => all.join('&'));
  const body = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc.dictionary(names, fc.jsonValue()).map((json) => new TextEncoder().encode(JSON.stringify(json))),
  );
  const tail = fc.array(hostile).map((segments) => segments.join('/'));
  const headers = { get: (name: string) => (name === 'content-type' ? 'application/json' : undefined) };
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'PUT', 'PURGE'),
      tail,
      query,
      body,
      (method, path, text, bytes) => {
        for (const start of ['/v1/kinds', '/v1/path/', '/v1/lists/', '/']) {
          const match = kinds.match(method, start + path);
          if (match?.kind === 'route') {
            try {
              expect(kinds.decode(match, { query: text, headers, body: bytes }).$typeName).toBe(
                match.route.method.input.typeName,
              );
            } catch (reason) {
              expect(reason).toBeInstanceOf(RestError);
            }
          }
        }
        for (const [httpMethod, target] of [
          ['GET', '/v1/kinds'],
          ['POST', '/v1/kinds'],
          ['PUT', '/v1/lists/x'],
        ] as const) {
          const match = strict.match(httpMethod, target);
          try {
            expect(match?.kind).toBe('route');
            strict.decode(match as RouteMatch, { query: text, headers, body: bytes });
          } catch (reason) {
            expect(reason).toBeInstanceOf(RestError);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
});
