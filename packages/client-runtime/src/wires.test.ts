import { isMessage } from '@bufbuild/protobuf';
import { Code, createClient, type ServiceImpl } from '@connectrpc/connect';
import { describe, expect, test } from 'vitest';
import type { PolicyOptions } from './policy-options.ts';
import { ParcelService, ProblemCode, ShipResponseSchema } from './testdata/gen/parcel/v1/parcel_pb.js';
import { errorOf, noVan, problem, problems } from './testdata/parcels.ts';
import { startServer } from './testdata/server.ts';
import { wires } from './testdata/wires.ts';
import { withPolicies } from './with-policies.ts';

describe.each(wires)('$name', (wire) => {
  async function start(behaviour: Partial<ServiceImpl<typeof ParcelService>>, options: PolicyOptions = {}) {
    const { httpVersion } = wire;
    const server = await startServer({
      httpVersion,
      routes: (router) => router.service(ParcelService, behaviour),
    });
    const transport = withPolicies(wire.open(server.baseUrl), { errors: problems, ...options });
    return { server, parcels: createClient(ParcelService, transport) };
  }

  test('a call that was cut off is made again with its key', async () => {
    const keys: string[] = [];
    const { parcels, server } = await start({
      ship(request) {
        keys.push(request.requestKey);
        if (keys.length === 1) {
          server.cutConnections();
        }
        return { parcelId: 'p1' };
      },
    });
    expect((await parcels.ship({})).parcelId).toBe('p1');
    expect(keys).toEqual([keys[0], keys[0]]);
  });

  test('nobody listening is UNAVAILABLE, tried three times', async () => {
    const { parcels, server } = await start({});
    await server.close();
    const error = await errorOf(parcels.track({}));
    expect(error).toMatchObject({ code: 'NO_VAN', status: Code.Unavailable, attempts: 3, traceId: '' });
    expect(error.rawMessage).not.toBe('');
  });

  test('an outcome is thrown, with the answer that carries it', async () => {
    const { parcels } = await start({
      ship: (_, context) => {
        context.responseHeader.set('x-trace-id', 'from-the-header');
        return {
          refusedItems: ['cat'],
          error: { code: ProblemCode.ITEM_REFUSED, message: 'no animals', details: [{ field: 'items[0]' }] },
        };
      },
    });
    const error = await errorOf(parcels.ship({ items: ['cat'] }));
    expect(error).toMatchObject({
      code: 'ITEM_REFUSED',
      number: ProblemCode.ITEM_REFUSED,
      status: Code.FailedPrecondition,
      retryable: false,
      traceId: 'from-the-header',
      details: [{ field: 'items[0]', reason: '', value: '' }],
    });
    expect(error.message).toBe(
      'parcel.v1.ParcelService/Ship: ITEM_REFUSED: no animals (trace from-the-header)',
    );
    expect(isMessage(error.response, ShipResponseSchema) && error.response.refusedItems).toEqual(['cat']);
  });

  test('a failure is thrown, with the contract’s error behind the status', async () => {
    const { parcels } = await start({
      ship() {
        throw problem(ProblemCode.BAD_ADDRESS, Code.InvalidArgument);
      },
    });
    expect(await errorOf(parcels.ship({}))).toMatchObject({
      code: 'BAD_ADDRESS',
      status: Code.InvalidArgument,
      retryable: false,
      traceId: 'c0ffee',
      rawMessage: 'as the test wants it',
      response: undefined,
    });
  });

  test('the token is asked for once a call and sent with every attempt', async () => {
    const seen: (string | null)[] = [];
    let asked = 0;
    const behaviour: Partial<ServiceImpl<typeof ParcelService>> = {
      track(_, context) {
        seen.push(context.requestHeader.get('authorization'));
        if (seen.length === 1) {
          throw noVan();
        }
        return {};
      },
      async *follow(_, context) {
        yield { depot: context.requestHeader.get('authorization') ?? '' };
      },
    };
    const credentials = async () => `t${++asked}`;
    const { parcels } = await start(behaviour, { credentials });
    await parcels.track({});
    await parcels.track({}, { headers: { authorization: 'Basic own' } });
    expect(seen).toEqual(['Bearer t1', 'Bearer t1', 'Basic own']);
    for await (const scan of parcels.follow({})) {
      expect(scan.depot).toBe('Bearer t2');
    }
    expect(asked).toBe(2);
  });

  test('a stream passes, and its errors are of the one kind', async () => {
    const { parcels, server } = await start({
      async *follow({ parcelId }) {
        yield { depot: 'north' };
        yield { depot: 'south' };
        if (parcelId === 'cut') {
          server.cutConnections();
          await new Promise(() => {});
        }
        throw problem(ProblemCode.WITHDRAWN, Code.Aborted);
      },
    });
    const read = async (parcelId: string, depots: string[]) => {
      for await (const scan of parcels.follow({ parcelId })) {
        depots.push(scan.depot);
      }
    };
    const depots: string[] = [];
    expect(await errorOf(read('withdrawn', depots))).toMatchObject({ code: 'WITHDRAWN', traceId: 'c0ffee' });
    expect(depots).toEqual(['north', 'south']);
    expect(await errorOf(read('cut', []))).toMatchObject({ code: 'NO_VAN', status: Code.Unavailable });
  });

  test('a stream ends when its reader aborts it', async () => {
    const ended = Promise.withResolvers<void>();
    const { parcels } = await start({
      async *follow(_, context) {
        context.signal.addEventListener('abort', () => ended.resolve());
        yield { depot: 'north' };
        await ended.promise;
      },
    });
    const stop = new AbortController();
    const read = async () => {
      for await (const _ of parcels.follow({}, { signal: stop.signal })) {
        stop.abort();
      }
    };
    expect(await errorOf(read())).toMatchObject({ code: 'CANCELLED' });
    await ended.promise;
  });
});
