import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import type { Closed, Gate } from './gate.ts';
import {
  createLocalTransport,
  createServer,
  inherit,
  service,
  serviceCaller,
  type userCaller,
} from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { DeskService, LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, authenticate, grpcClient, recordingLogger, serve, transports } from './testdata/serve.ts';

const renovation: Closed = { why: 'maintenance', message: 'the library is renovated', retryAfterMs: 29_500 };
const lend = { bookId: 'dune', idempotencyKey: 'k' };

/** A gate that can be moved while the server runs, and what it was asked. */
function movableGate() {
  const asked: string[] = [];
  const state: { closed: ((service: string, caller: ReturnType<typeof userCaller>) => boolean) | undefined } =
    {
      closed: undefined,
    };
  const gate: Gate = (method, caller, isLocal) => {
    asked.push(`${method.name} ${caller.kind}:${caller.id}${isLocal ? ' local' : ''}`);
    return state.closed?.(method.parent.typeName, caller) ? renovation : undefined;
  };
  return { gate, asked, state };
}

test.each(Object.entries(transports))(
  'a closed gate answers UNAVAILABLE with retry-after, and opens again, over %s',
  async (_, transport) => {
    const { gate, state } = movableGate();
    const { url, library } = await serve({ gate });
    const client = createClient(LibraryService, transport(url));
    state.closed = (_service, { id }) => id !== 'chief';
    const refusal = await client
      .lendBook(lend, as('ann'))
      .catch((reason: unknown) => ConnectError.from(reason));

    expect(refusal).toMatchObject({ code: Code.Unavailable, rawMessage: 'the library is renovated' });
    expect((refusal as ConnectError).metadata.get('retry-after')).toBe('30');
    expect(library.lendings).toBe(0);
    await client.wait({}, as('chief'));
    state.closed = undefined;
    // The refusal was not kept as the answer to its key.
    expect((await client.lendBook(lend, as('ann'))).loan?.memberId).toBe('ann');
  },
);

test('the reason is in the details, and refusals are counted', async () => {
  const { gate, state } = movableGate();
  const served = await serve({ gate });
  state.closed = () => true;
  const failure = await failureOf(grpcClient(served).getBook({ bookId: 'dune' }, as('ann')));

  expect(failure.status).toBe('Unavailable');
  expect(failure.detail?.details).toMatchObject([{ reason: 'MAINTENANCE' }]);
  expect((await served.server.metrics?.render())?.body).toContain(
    'grpc_calls_refused_total{service="library.v1.LibraryService",method="GetBook",reason="maintenance"} 1',
  );
});

test('who may not call at all is told that instead', async () => {
  const { gate, asked, state } = movableGate();
  const served = await serve({ gate });
  state.closed = () => true;
  const desk = createClient(DeskService, createGrpcTransport({ baseUrl: served.url }));

  expect((await failureOf(desk.close({}, as('ann')))).status).toBe('PermissionDenied');
  expect((await failureOf(desk.close({}))).status).toBe('Unauthenticated');
  expect(asked).toEqual([]);
});

test('streams that are opened are asked about, those that run go on', async () => {
  const { gate, state } = movableGate();
  const served = await serve({ gate });
  const stream = grpcClient(served).exportBooks({ count: 3, everyMs: 20 }, as('ann'))[Symbol.asyncIterator]();
  expect((await stream.next()).done).toBe(false);
  state.closed = () => true;

  expect((await stream.next()).done).toBe(false);
  expect((await stream.next()).done).toBe(false);
  expect((await stream.next()).done).toBe(true);
  const late = grpcClient(served).exportBooks({ count: 1 }, as('ann'))[Symbol.asyncIterator]();
  expect(await failureOf(late.next())).toMatchObject({ status: 'Unavailable' });
});

test('calls between services of the process are asked about, and one that is stopped stops its caller', async () => {
  const { gate, asked, state } = movableGate();
  const local = createLocalTransport();
  const inner = local.client(LibraryService, { as: serviceCaller('desk') });
  const library = createLibrary();
  library.desk.restock = async ({ memberId }, context) => {
    await inner.wait({}, inherit(context));
    return { memberId };
  };
  const server = createServer({
    services: [service(LibraryService, library.service), service(DeskService, library.desk)],
    local,
    gate,
    authenticate,
    logger: recordingLogger().logger,
  });
  const desk = server.client(DeskService, { as: serviceCaller('van', ['stock.write']) });
  await desk.restock({ memberId: 'ann' });
  expect(asked).toEqual(['Restock service:van local', 'Wait service:desk local']);

  state.closed = (name) => name === LibraryService.typeName;
  expect(await failureOf(desk.restock({ memberId: 'ann' }))).toMatchObject({
    status: 'Unavailable',
    message: 'the library is renovated',
  });
  await server.close();
});
