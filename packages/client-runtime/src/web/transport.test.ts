import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { ParcelService } from '../testdata/gen/parcel/v1/parcel_pb.js';
import { startServer } from '../testdata/server.ts';
import { createWebTransport } from './transport.ts';

test('refuses a protocol that fetch cannot speak', () => {
  const options = { baseUrl: '/', protocol: 'grpc' } as unknown as Parameters<typeof createWebTransport>[0];
  expect(() => createWebTransport(options)).toThrow('protocol is "grpc"; expected "connect" or "grpc-web"');
});

test('uses the fetch it is given', async () => {
  const server = await startServer({
    httpVersion: '1.1',
    routes: (router) => router.service(ParcelService, { track: () => ({ depot: 'north' }) }),
  });
  const urls: string[] = [];
  const transport = createWebTransport({
    baseUrl: server.baseUrl,
    fetch: (input, init) => {
      urls.push(String(input));
      return fetch(input, { ...init, credentials: 'include' });
    },
  });
  expect((await createClient(ParcelService, transport).track({})).depot).toBe('north');
  expect(urls).toEqual([`${server.baseUrl}/parcel.v1.ParcelService/Track`]);
});
