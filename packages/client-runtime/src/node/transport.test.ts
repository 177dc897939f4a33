import { Code, createClient } from '@connectrpc/connect';
import { expect, onTestFinished, test } from 'vitest';
import { DepotService } from '../testdata/gen/parcel/v1/parcel_pb.js';
import { errorOf, problems, startParcels } from '../testdata/parcels.ts';
import { startServer } from '../testdata/server.ts';
import { withPolicies } from '../with-policies.ts';
import { createNodeTransport } from './transport.ts';

test.each([
  [
    { baseUrl: 'localhost:8080' },
    'baseUrl is "localhost:8080"; expected a URL such as http://127.0.0.1:8080',
  ],
  [{ baseUrl: '/' }, 'baseUrl is "/"; expected a URL'],
  [{ protocol: 'rest' }, 'protocol is "rest"; expected "grpc", "grpc-web" or "connect"'],
  [{ httpVersion: '3' }, 'httpVersion is "3"; expected "1.1" or "2"'],
  [{ httpVersion: '1.1' }, 'httpVersion is "1.1"; expected "2" with protocol "grpc"'],
])('refuses %o', (wrong, message) => {
  const options = { baseUrl: 'http://127.0.0.1:1', ...wrong } as Parameters<typeof createNodeTransport>[0];
  expect(() => createNodeTransport(options)).toThrow(message);
});

test.each(['1.1', '2'] as const)(
  'close ends what is under way over HTTP/%s and opens nothing again',
  async (httpVersion) => {
    const arrived = Promise.withResolvers<void>();
    let calls = 0;
    const server = await startServer({
      httpVersion,
      routes: (router) =>
        router.service(DepotService, {
          getDepot() {
            calls++;
            arrived.resolve();
            return new Promise(() => {});
          },
        }),
    });
    const wire = createNodeTransport({ baseUrl: server.baseUrl, protocol: 'connect', httpVersion });
    const depots = createClient(DepotService, withPolicies(wire, { errors: problems }));
    const running = errorOf(depots.getDepot({}));
    await arrived.promise;
    wire.close();
    expect(await running).toMatchObject({ status: Code.FailedPrecondition, attempts: 2 });
    const later = await errorOf(depots.getDepot({}));
    expect(later.message).toContain(`the transport to ${server.baseUrl} is closed`);
    expect(calls).toBe(1);
  },
);

test('reaches a server that was restarted', async () => {
  const routes = (router: Parameters<Parameters<typeof startServer>[0]['routes']>[0]) =>
    router.service(DepotService, { getDepot: () => ({ open: true }) });
  const first = await startServer({ routes });
  const wire = createNodeTransport({ baseUrl: first.baseUrl });
  onTestFinished(() => wire.close());
  const depots = createClient(DepotService, withPolicies(wire));
  expect((await depots.getDepot({})).open).toBe(true);
  await first.close();
  await startServer({ routes, port: Number(new URL(first.baseUrl).port) });
  expect((await depots.getDepot({})).open).toBe(true);
});

test('an answer over the limit is refused, and not asked for again', async () => {
  let calls = 0;
  const { parcels } = await startParcels(
    {
      parcels: {
        track() {
          calls++;
          return { depot: 'x'.repeat(2_000) };
        },
      },
    },
    { readMaxBytes: 1_000 },
  );
  expect(await errorOf(parcels.track({}))).toMatchObject({ status: Code.ResourceExhausted, attempts: 1 });
  expect(calls).toBe(1);
});
