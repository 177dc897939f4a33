import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { userCaller } from '../caller.ts';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { as, grpcClient, type Served, serve, transports } from '../testdata/serve.ts';
import type { RateLimitOptions } from './options.ts';

/** A library where everybody has three calls at once, and no more for a quarter of an hour. */
function limited(rateLimits: RateLimitOptions = {}): Promise<Served> {
  const rateLimit = { class: 'library', requestsPerSecond: 0.001, burst: 3 };
  return serve({ rateLimits, policies: () => ({ rateLimit }) });
}

function refusalOf(call: Promise<unknown>): Promise<ConnectError | undefined> {
  return call.then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason),
  );
}

/** How many of ten calls get through, and how the others are refused. */
async function tenTimes(call: () => Promise<unknown>) {
  const refusals: ConnectError[] = [];
  for (let times = 0; times < 10; times++) {
    const refusal = await refusalOf(call());
    if (refusal !== undefined) {
      refusals.push(refusal);
    }
  }
  return { through: 10 - refusals.length, refusals };
}

test.each(Object.entries(transports))(
  'SECURITY 19: too many calls of one caller are refused with retry-after, over %s',
  async (_, transport) => {
    const { url } = await limited();
    const client = createClient(LibraryService, transport(url));
    const { through, refusals } = await tenTimes(() => client.wait({}, as('ann')));

    expect(through).toBe(3);
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set([Code.ResourceExhausted]));
    expect(Number(refusals[0]?.metadata.get('retry-after'))).toBeGreaterThan(900);
    expect((await tenTimes(() => client.wait({}, as('bob')))).through).toBe(3);
  },
);

test('SECURITY 19: x-forwarded-for is no way around the limit of an address, except behind a trusted proxy', async () => {
  const read = async (served: Served) => {
    let number = 0;
    const client = grpcClient(served);
    const headers = () => ({ headers: { 'x-forwarded-for': `198.51.100.${number++}` } });
    return (await tenTimes(() => client.getBook({ bookId: 'dune' }, headers()))).through;
  };

  expect(await read(await limited())).toBe(3);
  expect(await read(await limited({ trustedProxies: ['10.0.0.0/8'] }))).toBe(3);
  expect(await read(await limited({ trustedProxies: ['127.0.0.1'] }))).toBe(10);
});

test('SECURITY 19: guessed tokens are limited by address', async () => {
  const served = await limited({ invalidCredentials: { requestsPerSecond: 0.001, burst: 4 } });
  const client = grpcClient(served);
  let number = 0;
  const { refusals } = await tenTimes(() => client.wait({}, as(`guess-${number++}`)));

  expect(refusals.map(({ code }) => code)).toEqual([
    ...Array(4).fill(Code.Unauthenticated),
    ...Array(6).fill(Code.ResourceExhausted),
  ]);
});

test('calls from this process are not counted', async () => {
  const { server } = await limited();
  const client = server.client(LibraryService, { as: userCaller('ann') });

  expect((await tenTimes(() => client.wait({}))).through).toBe(10);
});

test('nothing is counted where the configuration says so', async () => {
  const served = await serve({
    rateLimits: false,
    policies: () => ({ rateLimit: { class: 'library', requestsPerSecond: 0.001, burst: 1 } }),
  });

  expect((await tenTimes(() => grpcClient(served).wait({}, as('ann')))).through).toBe(10);
});

test('SECURITY 20: streams of one caller are bounded, and one that ends makes room', async () => {
  const served = await serve({ rateLimits: { streams: { perCaller: 2 } } });
  const client = grpcClient(served);
  const open = async (name: string) => {
    const leave = new AbortController();
    const stream = client.watchBook({ bookId: 'dune', everyMs: 20 }, { ...as(name), signal: leave.signal });
    const reader = stream[Symbol.asyncIterator]();
    const refusal = await refusalOf(reader.next());
    return { refusal, leave: () => leave.abort() };
  };
  const [first, second] = [await open('ann'), await open('ann')];

  expect([first.refusal, second.refusal]).toEqual([undefined, undefined]);
  expect((await open('ann')).refusal?.code).toBe(Code.ResourceExhausted);
  const other = await open('bob');
  expect(other.refusal).toBeUndefined();
  first.leave();
  await expect.poll(async () => (await open('ann')).refusal).toBeUndefined();
  second.leave();
  other.leave();
});

test('a flood of refused calls is a line or two in the log, which counts them', async () => {
  const served = await limited();
  await tenTimes(() => grpcClient(served).wait({}, as('ann')));
  const lines = served.lines.filter(({ code }) => code !== 'OK');

  expect(lines[0]).toMatchObject({ method: 'Wait', code: expect.any(String), reason: expect.any(String) });
  expect(lines.length).toBeLessThan(7);
});
