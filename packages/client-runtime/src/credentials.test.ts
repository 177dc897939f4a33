import { Code } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { errorOf, startParcels } from './testdata/parcels.ts';

const seen: (string | null)[] = [];
const track = (_: unknown, context: { requestHeader: Headers }) => {
  seen.push(context.requestHeader.get('authorization'));
  return {};
};

test('an empty token is none', async () => {
  const { parcels } = await startParcels({ parcels: { track } }, { credentials: () => '' });
  await parcels.track({});
  expect(seen.splice(0)).toEqual([null]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('not logged in');
    },
  ],
  ['rejects', () => Promise.reject(new Error('not logged in'))],
])('a source of tokens that %s makes the call UNAUTHENTICATED, without a request', async (_, credentials) => {
  const { parcels } = await startParcels({ parcels: { track } }, { credentials });
  expect(await errorOf(parcels.track({}))).toMatchObject({
    code: 'UNAUTHENTICATED',
    status: Code.Unauthenticated,
    attempts: 0,
    rawMessage: 'credentials() failed: not logged in',
  });
  expect(seen).toEqual([]);
});

test('a source of tokens that hangs ends with the deadline of the call, or with its abort', async () => {
  const { parcels } = await startParcels(
    { parcels: { track } },
    { credentials: () => new Promise(() => {}) },
  );
  expect(await errorOf(parcels.track({}, { timeoutMs: 30 }))).toMatchObject({
    status: Code.DeadlineExceeded,
    attempts: 0,
    rawMessage: 'the deadline of 30 ms passed',
  });
  const aborted = parcels.track({}, { timeoutMs: 0, signal: AbortSignal.timeout(30) });
  expect(await errorOf(aborted)).toMatchObject({ code: 'CANCELLED', attempts: 0 });
  expect(seen).toEqual([]);
});
