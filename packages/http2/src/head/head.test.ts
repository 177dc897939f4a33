import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DecodedFields } from '../hpack/index.ts';
import { type Head, headOf } from './head.ts';
import { problemOfTrailers } from './trailers.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':path', '/', ':authority', 'here'];

function parse(fields: readonly string[], takesConnect = false): Head {
  const block = blockOf(fields);
  const head = headOf(block, takesConnect);
  expect(headOf(block, takesConnect)).toBe(head);
  // The same, whatever of it was looked at before.
  for (let count = 0; count < fields.length; count += 2) {
    const lead = blockOf(fields.slice(0, count));
    expect(headOf(blockOf(fields, lead), takesConnect)).toEqual(head);
    expect(headOf(blockOf(fields, lead), takesConnect)).toEqual(head);
  }
  return head;
}

function blockOf(fields: readonly string[], lead?: DecodedFields): DecodedFields {
  return { fields, bytes: 123, lead, isTooLarge: false, view: undefined };
}

/** Ordinary control data, some of it replaced or, by `undefined`, left out. */
function control(changes: Readonly<Record<string, string | undefined>>): string[] {
  const all = { ':method': 'GET', ':scheme': 'https', ':path': '/', ':authority': 'here', ...changes };
  return Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
}

test('a head has its control data apart from its fields', () => {
  const head = parse([
    ':path',
    '/a?b=c',
    ...GET.slice(0, 4),
    ':authority',
    'here:80',
    'accept',
    '*/*',
    'x',
    '',
  ]);
  expect(head.problem).toBeUndefined();
  expect(head).toMatchObject({
    method: 'GET',
    scheme: 'https',
    authority: 'here:80',
    path: '/a?b=c',
    protocol: undefined,
    fields: ['accept', '*/*', 'x', ''],
    bytes: 123,
    contentLength: -1,
    isHead: false,
  });
  expect(head.get('x')).toBe('');
  expect(head.get(':path')).toBeUndefined();
});

describe('is served', () => {
  test.each([
    ['te that asks for trailers', [...GET, 'te', 'Trailers']],
    ['host that says the same', [...GET, 'host', 'HERE']],
    ['host alone', [...control({ ':authority': undefined }), 'host', 'here']],
    ['two equal lengths', [...GET, 'content-length', '7', 'content-length', '7']],
    ['OPTIONS of everything', control({ ':method': 'OPTIONS', ':path': '*' })],
    ['a path with octets above ASCII', control({ ':path': '/\xe4' })],
    ['a value with tabs and octets above ASCII', [...GET, 'x', 'a\tb \xff']],
    ['CONNECT', [':method', 'CONNECT', ':authority', 'here:443']],
    ['a method of its own', control({ ':method': 'query' })],
  ])('%s', (_what, fields) => {
    expect(parse(fields).problem).toBeUndefined();
  });
});

describe('is refused', () => {
  test.each([
    ['no method', control({ ':method': undefined }), ':method'],
    ['no scheme', control({ ':scheme': undefined }), ':scheme'],
    ['no path', control({ ':path': undefined }), ':path'],
    ['no authority and no host', control({ ':authority': undefined }), ':authority'],
    ['an empty method', control({ ':method': '' }), ':method'],
    ['an empty path', control({ ':path': '' }), ':path'],
    ['a method with a space', control({ ':method': 'GET /' }), ':method'],
    ['a scheme that is none', control({ ':scheme': 'h ttp' }), ':scheme'],
    ['a path that is no path', control({ ':path': 'a' }), ':path'],
    ['a path with a space', control({ ':path': '/a b' }), ':path'],
    ['a path with a fragment', control({ ':path': '/a#b' }), ':path'],
    ['a star for another method', control({ ':path': '*' }), ':path'],
    ['an authority with a user', control({ ':authority': 'me@here' }), ':authority'],
    ['an authority with a path', control({ ':authority': 'here/there' }), ':authority'],
    ['an empty authority', control({ ':authority': '' }), ':authority'],
    ['another host', [...GET, 'host', 'there'], 'host'],
    ['two hosts', [...control({ ':authority': undefined }), 'host', 'a', 'host', 'b'], 'host'],
    ['control data twice', [...GET, ':path', '/'], ':path twice'],
    ['control data after fields', [...GET.slice(2), 'x', '1', ':method', 'GET'], ':method" after'],
    ['control data of answers', [...GET, ':status', '200'], ':status'],
    ['control data that does not exist', [...GET, ':what', ''], ':what'],
    ['a name with capitals', [...GET, 'X-A', '1'], 'X-A'],
    ['a name with a space', [...GET, 'a b', '1'], 'a b'],
    ['an empty name', [...GET, '', '1'], '""'],
    ['a name with a colon', [...GET, 'a:b', '1'], 'a:b'],
    ['a name with octets above ASCII', [...GET, '\xe4', '1'], '\xe4'],
    ['a value with a line end', [...GET, 'x', 'a\r\nb'], 'field x'],
    ['a value with a null', [...GET, 'x', 'a\0'], 'field x'],
    ['a value with a space at the end', [...GET, 'x', 'a '], 'field x'],
    ['a value with a tab at the beginning', [...GET, 'x', '\ta'], 'field x'],
    ['connection', [...GET, 'connection', 'close'], 'connection'],
    ['keep-alive', [...GET, 'keep-alive', '5'], 'keep-alive'],
    ['proxy-connection', [...GET, 'proxy-connection', 'close'], 'proxy-connection'],
    ['transfer-encoding', [...GET, 'transfer-encoding', 'chunked'], 'transfer-encoding'],
    ['upgrade', [...GET, 'upgrade', 'h2c'], 'upgrade'],
    ['te that asks for more', [...GET, 'te', 'trailers, gzip'], 'te'],
    ['a length that is no number', [...GET, 'content-length', '-1'], 'content-length'],
    ['a length beyond all measure', [...GET, 'content-length', '9'.repeat(16)], 'content-length'],
    ['two lengths', [...GET, 'content-length', '1', 'content-length', '2'], 'content-length'],
    ['CONNECT with a path', [...control({ ':method': 'CONNECT', ':scheme': undefined })], 'CONNECT'],
    [
      'a protocol, which the server does not take',
      control({ ':method': 'CONNECT', ':protocol': 'websocket' }),
      ':protocol',
    ],
  ])('%s', (_what, fields, problem) => {
    expect(parse(fields).problem).toContain(problem);
  });
});

test('an extended CONNECT asks for a protocol, where the server takes that', () => {
  const fields = control({ ':method': 'CONNECT', ':protocol': 'websocket' });
  expect(parse(fields, true)).toMatchObject({ problem: undefined, protocol: 'websocket', path: '/' });
  expect(parse(control({ ':protocol': 'websocket' }), true).problem).toContain(':protocol');
  expect(parse([':method', 'CONNECT', ':protocol', 'x', ':authority', 'here'], true).problem).toContain(
    ':scheme',
  );
});

test('trailers have no control data, and nothing of HTTP/1.1', () => {
  expect(problemOfTrailers(['grpc-status', '0', 'x', ''])).toBeUndefined();
  for (const fields of [
    [':path', '/'],
    ['X', ''],
    ['x', '\n'],
    ['connection', 'x'],
    ['te', 'trailers'],
  ]) {
    expect(problemOfTrailers(fields)).toContain('trailer');
  }
});

test('heads are the same, whatever of them was looked at before', () => {
  const field = fc.constantFrom(
    [':method', 'GET'],
    [':method', 'CONNECT'],
    [':scheme', 'https'],
    [':path', '/'],
    [':path', '/#'],
    [':authority', 'here'],
    [':protocol', 'websocket'],
    ['host', 'here'],
    ['host', 'there'],
    ['content-length', '1'],
    ['content-length', '2'],
    ['te', 'trailers'],
    ['te', 'gzip'],
    ['connection', 'close'],
    ['x', ' y'],
    ['X', 'y'],
    ['x', 'y'],
  );
  const usual = fc.constantFrom<string[][]>([], [GET]);
  let good = 0;
  fc.assert(
    fc.property(usual, fc.array(field, { maxLength: 6 }), fc.boolean(), (first, more, takesConnect) => {
      good += parse([...first, ...more].flat(), takesConnect).problem === undefined ? 1 : 0;
    }),
    { numRuns: 3000 },
  );
  expect(good).toBeGreaterThan(100);
});
