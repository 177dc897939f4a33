import { expect, test } from 'vitest';
import { createTacosClient as createNodeClient } from './node/index.ts';
import { type BoxOfficeOptions, openBoxOffice } from './testdata/box-office.ts';
import { collect, errorOf } from './testdata/collect.ts';
import { createTacosClient as createWebClient } from './web/index.ts';

test.each([
  ['Node, grpc', '2', createNodeClient],
  ['Node, connect', '2', (options) => createNodeClient({ ...options, protocol: 'connect' })],
  [
    'Node, grpc-web',
    '1.1',
    (options) => createNodeClient({ ...options, protocol: 'grpc-web', httpVersion: '1.1' }),
  ],
  ['web, connect', '1.1', createWebClient],
  ['web, grpc-web', '1.1', (options) => createWebClient({ ...options, protocol: 'grpc-web' })],
] satisfies [string, '1.1' | '2', BoxOfficeOptions['connect']][])(
  '%s books a ticket and throws what is refused',
  async (_, httpVersion, connect) => {
    const office = await openBoxOffice({ httpVersion, connect });
    const { types, error } = await collect(office.tacos.book({ eventId: 'e', quantity: 2 }));
    expect(error).toBeUndefined();
    expect(types).toEqual(['joined', 'admitted', 'reserved', 'paying', 'paid', 'confirmed']);
    expect(office.state().sold).toEqual(['A1', 'A2']);
    const refused = await errorOf(office.tacos.book({ eventId: 'e', seatIds: ['A2'] }).result());
    expect(refused).toMatchObject({ code: 'INVENTORY_CONFLICT', details: [{ value: 'A2' }] });
  },
);

test('a closed client for Node makes no calls', async () => {
  const office = await openBoxOffice();
  office.tacos.close();
  expect((await errorOf(office.tacos.queue.joinQueue({ eventId: 'e' }))).message).toContain('is closed');
  expect(office.calls).toEqual([]);
});
