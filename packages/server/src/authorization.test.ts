import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { failureOf } from './testdata/failure-of.ts';
import { DeskService, LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, authenticate, type Served, serve, transports } from './testdata/serve.ts';

const lenient = { requireCredentials: false, requireIdempotencyKey: false };

function clients({ url }: Served) {
  const transport = createGrpcTransport({ baseUrl: url });
  return { library: createClient(LibraryService, transport), desk: createClient(DeskService, transport) };
}

/** How a caller fares with one method of each auth class. */
async function admittance(served: Served, name: string | undefined) {
  const { library, desk } = clients(served);
  const options = name === undefined ? {} : as(name);
  const calls = {
    public: library.getBook({ bookId: 'dune' }, options),
    user: library.wait({}, options),
    service: desk.restock({ memberId: 'bob' }, options),
    serviceOrAdmin: desk.audit({}, options),
    admin: desk.close({}, options),
  };
  const outcomes = Object.entries(calls).map(async ([kind, call]) => {
    const status = await (call as Promise<unknown>).then(
      () => 'admitted',
      async () => (await failureOf(call as Promise<unknown>)).status,
    );
    return [kind, status] as const;
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

const no = 'PermissionDenied';

test.each([
  [
    undefined,
    {
      user: 'Unauthenticated',
      service: 'Unauthenticated',
      serviceOrAdmin: 'Unauthenticated',
      admin: 'Unauthenticated',
    },
  ],
  ['ann', { user: 'admitted', service: no, serviceOrAdmin: no, admin: no }],
  ['van', { user: 'admitted', service: 'admitted', serviceOrAdmin: 'admitted', admin: no }],
  ['chief', { user: 'admitted', service: no, serviceOrAdmin: 'admitted', admin: 'admitted' }],
])('admits %s only where the policy says so', async (name, expected) => {
  expect(await admittance(await serve(), name)).toEqual({ public: 'admitted', ...expected });
});

test('asks for every scope of the policy', async () => {
  const failure = await failureOf(clients(await serve()).desk.restock({}, as('cart')));

  expect(failure).toMatchObject({ status: 'PermissionDenied', code: 'FORBIDDEN' });
  expect(failure.detail?.details).toMatchObject([{ reason: 'SCOPE_REQUIRED', value: 'stock.write' }]);
});

test('refuses credentials that are not valid, on public methods too', async () => {
  const failure = await failureOf(clients(await serve()).library.getBook({ bookId: 'dune' }, as('mallory')));

  expect(failure).toMatchObject({
    status: 'Unauthenticated',
    code: 'UNAUTHENTICATED',
    message: 'the token is not valid',
  });
});

test('lets everybody in without credentials where the profile asks for none', async () => {
  const served = await serve({ profile: lenient });
  const all = { user: 'admitted', service: 'admitted', serviceOrAdmin: 'admitted', admin: 'admitted' };

  expect(await admittance(served, undefined)).toEqual({ public: 'admitted', ...all });
  expect(await admittance(served, 'ann')).toMatchObject({ admin: no });
});

test('takes overrides of a policy from configuration', async () => {
  const policies = ({ name }: { name: string }) => (name === 'Close' ? { auth: Auth.PUBLIC } : undefined);
  const served = await serve({ policies });

  expect(await admittance(served, undefined)).toMatchObject({
    admin: 'admitted',
    serviceOrAdmin: 'Unauthenticated',
  });
});

test('a fault while finding out who calls is no permission', async () => {
  const served = await serve({
    authenticate: (request) => {
      if (request.header.has('authorization')) {
        throw new Error('the key set at https://keys.internal is unreachable');
      }
      return authenticate(request);
    },
  });
  const failure = await failureOf(clients(served).library.wait({}, as('ann')));

  expect(failure).toMatchObject({ status: 'Internal', code: 'INTERNAL' });
  expect(failure.message).not.toContain('keys.internal');
});

test('authentication sees the peer and the protocol', async () => {
  const seen: unknown[] = [];
  const served = await serve({
    authenticate: ({ peer, protocol, header }) => {
      seen.push({ peer, protocol, mark: header.get('X-Mark') });
      return undefined;
    },
  });
  await clients(served).library.getBook({ bookId: 'dune' }, { headers: { 'x-mark': 'seen' } });

  expect(seen).toEqual([{ peer: '127.0.0.1', protocol: 'grpc', mark: 'seen' }]);
});

test.each(Object.entries(transports))(
  'only who may call a method learns that nobody implements it, over %s',
  async (_name, transport) => {
    const library = createLibrary();
    for (const name of ['wait', 'watchBook']) {
      delete (library.service as Record<string, unknown>)[name];
    }
    const policies = ({ name }: { name: string }) => ({
      auth: Auth.USER,
      rateLimit: { class: name, requestsPerSecond: 0.001, burst: 1 },
    });
    const served = await serve({ policies, rateLimits: {} }, library);
    const client = createClient(LibraryService, transport(served.url));
    const firstOf = async (stream: AsyncIterable<unknown>) => {
      for await (const answer of stream) {
        return answer;
      }
      return undefined;
    };
    const statuses = async (call: (options: ReturnType<typeof as>) => Promise<unknown>) => [
      (await failureOf(call({ headers: { authorization: '' } }))).status,
      (await failureOf(call(as('mallory')))).status,
      (await failureOf(call(as('ann')))).status,
      (await failureOf(call(as('ann')))).status,
    ];
    const expected = ['Unauthenticated', 'Unauthenticated', 'Unimplemented', 'ResourceExhausted'];

    expect(await statuses((options) => client.wait({}, options))).toEqual(expected);
    expect(await statuses((options) => firstOf(client.watchBook({ bookId: 'dune' }, options)))).toEqual(
      expected,
    );
  },
);
