import { createClient, createRouterTransport } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { DepotService } from '../testdata/gen/parcel/v1/parcel_pb.js';
import { lazyTransport } from './lazy-transport.ts';

test('loads once for all calls, and again after a load that failed', async () => {
  let loads = 0;
  const depots = createClient(
    DepotService,
    lazyTransport(async () => {
      if (++loads === 1) {
        throw new Error('offline');
      }
      return createRouterTransport(({ service }) =>
        service(DepotService, { getDepot: () => ({ open: true }) }),
      );
    }),
  );
  expect(loads).toBe(0);
  await expect(depots.getDepot({})).rejects.toThrow('offline');
  const answers = await Promise.all([depots.getDepot({}), depots.getDepot({}), depots.getDepot({})]);
  expect(answers.map((answer) => answer.open)).toEqual([true, true, true]);
  expect(loads).toBe(2);
});
