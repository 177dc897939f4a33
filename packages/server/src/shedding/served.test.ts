import { Code, ConnectError } from '@connectrpc/connect';
import { Priority } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { as, grpcClient, serve } from '../testdata/serve.ts';

test('SECURITY 21: a server whose queues grow refuses polling with retry-after, until they are gone', async () => {
  let waitingMs = 0;
  const served = await serve({
    shedding: { queues: [() => waitingMs] },
    policies: ({ name }) => ({ priority: name === 'GetBook' ? Priority.SHEDDABLE : Priority.CRITICAL }),
  });
  const client = grpcClient(served);
  const refusalOf = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      (reason: unknown) => ConnectError.from(reason),
    );
  const poll = () => refusalOf(client.getBook({ bookId: 'dune' }));

  expect(await poll()).toBeUndefined();
  waitingMs = 60;
  let refusal: ConnectError | undefined;
  const refused = async () => {
    refusal ??= await poll();
    return refusal?.code;
  };
  await expect.poll(refused, { interval: 10, timeout: 10_000 }).toBe(Code.Unavailable);
  expect(Number(refusal?.metadata.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refusalOf(client.wait({}, as('ann')))).toBeUndefined();
  waitingMs = 0;
  await expect.poll(poll, { interval: 10, timeout: 10_000 }).toBeUndefined();
});
