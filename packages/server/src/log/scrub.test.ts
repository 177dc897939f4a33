import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { errorEntry, scrub } from './index.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl';

test.each([
  [`could not use Bearer ${JWT} for this`, 'could not use Bearer [secret] for this'],
  [`token ${JWT} is too old`, 'token [secret] is too old'],
  ['{"Authorization":"Basic YW5uOnBhc3M="}', '{"Authorization":[secret]'],
  ['authorization: Basic YW5uOnBhc3M=\nhost: x', 'authorization: [secret]\nhost: x'],
  ['Cookie: a=1; b=2', 'Cookie: [secret]'],
  ['GET https://x/?access_token=abc&page=2', 'GET https://x/?access_token=[secret]&page=2'],
  ['postgres://ann:hunter2@db:5432/x failed', 'postgres://[secret]@db:5432/x failed'],
  ['the card 4111 1111 1111 1111 was refused', 'the card [secret] was refused'],
  ['card_number: 4111111111111111', 'card_number: [secret]'],
  ['password=hunter2', 'password=[secret]'],
  ['x-api-key: 12345', 'x-api-key: [secret]'],
])('what looks like a secret does not reach the log: %s', (text, clean) => {
  expect(scrub(text)).toBe(clean);
});

test.each([
  'the bearer token is missing',
  'seat A-12 of evt_2025_1001 is taken',
  'order 4111111111111112 has no card number',
  'connect ECONNREFUSED 127.0.0.1:5432',
  'see https://example.com/a:b@c',
  'sequence 20260131093000123 follows 20260131093000122',
  'res_1234567890123456',
])('other texts stay as they are: %s', (text) => {
  expect(scrub(text)).toBe(text);
});

test('a text without end is cut off', () => {
  expect(scrub('x'.repeat(1_000_000)).length).toBeLessThan(20_000);
});

test('a hostile text is looked through in no time to speak of', () => {
  // Each repeats the beginning of a rule that never comes to its end.
  for (const part of ['bearer ', 'a:b@', '://x:', '4111-', 'eyJ', 'token=', 'authorization ', '1 ']) {
    expect(scrub(part.repeat(20_000)).length).toBeLessThan(20_000);
  }
});

test('an exception is shown by type, message, stack, code and causes, and by nothing else', () => {
  const cause = Object.assign(new RangeError('no room'), {
    code: 'ENOSPC',
    request: { headers: { authorization: 'Bearer abcdefghijkl' } },
  });
  const entry = errorEntry(
    new ConnectError(`refused Bearer ${JWT}`, Code.Internal, { authorization: `Bearer ${JWT}` }, [], cause),
  );

  expect(entry).toEqual({
    type: 'ConnectError',
    code: Code.Internal,
    message: '[internal] refused Bearer [secret]',
    stack: expect.stringContaining('refused Bearer [secret]'),
    cause: {
      type: 'RangeError',
      code: 'ENOSPC',
      message: 'no room',
      stack: expect.stringContaining('no room'),
    },
  });
  expect(JSON.stringify(entry)).not.toMatch(/eyJ|abcdefghijkl/);
});

test('errors of errors are followed, but not for ever', () => {
  const circle = new Error('a circle');
  circle.cause = circle;
  expect(JSON.stringify(errorEntry(circle)).match(/"a circle"/g)).toHaveLength(6);

  const many = new AggregateError(
    upTo(20).map((number) => new Error(`error ${number}`)),
    'all failed',
  );
  expect(errorEntry(many).errors).toHaveLength(10);
});

test.each([
  ['a text', { type: 'string', message: 'a text' }],
  [undefined, { type: 'undefined', message: 'undefined' }],
  [null, { type: 'object', message: 'null' }],
  [{ authorization: 'Bearer abcdefghijkl' }, { type: 'object', message: '[object Object]' }],
])('what is thrown without being an error is shown by its kind: %j', (thrown, entry) => {
  expect(errorEntry(thrown)).toEqual(entry);
});

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}
