import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { create, toBinary, toJsonString } from '@bufbuild/protobuf';
import { type Client, createClient } from '@connectrpc/connect';
import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import {
  callOf,
  createRateLimiter,
  createServer,
  refuse,
  type SignedRequest,
  service,
  serviceCaller,
} from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { LendBookRequestSchema, LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, descriptors, libraryErrors, serve, transports } from './testdata/serve.ts';

const KEY = 'the key of the publisher';
const sign = (bytes: Uint8Array): string => createHmac('sha256', KEY).update(bytes).digest('hex');

/** A library where LendBook takes what a publisher has signed, instead of credentials. */
async function serveSigned(options: { readonly counted?: () => void } = {}) {
  const library = createLibrary();
  const seen = { bodies: [] as (Uint8Array | undefined)[], callers: [] as string[] };
  const verify = (_request: unknown, { header, body }: SignedRequest) => {
    seen.bodies.push(body);
    if (body === undefined || header.get('x-signature') !== sign(body)) {
      throw refuse('UNAUTHENTICATED', 'the signature is wrong');
    }
    return serviceCaller('publisher');
  };
  const lendBook: NonNullable<typeof library.service.lendBook> = async (request, context) => {
    const { kind, id } = callOf(context).caller;
    seen.callers.push(`${kind}:${id}`);
    return (await library.service.lendBook?.(request, context)) ?? {};
  };
  const served = await serve(
    {
      services: [service(LibraryService, { ...library.service, lendBook }, { verify: { lendBook: verify } })],
      policies: ({ name }) => (name === 'LendBook' ? { auth: Auth.PUBLIC } : undefined),
      ...(options.counted && {
        rateLimits: { ...createRateLimiter(), credentialsRefused: options.counted },
      }),
    },
    library,
  );
  return { ...served, seen };
}

const request = create(LendBookRequestSchema, { bookId: 'dune', memberId: 'ann', idempotencyKey: 'k' });

test.each(Object.entries(transports))(
  '%s: a signature over the request as it was sent is a credential',
  async (name, open) => {
    const served = await serveSigned();
    const client: Client<typeof LibraryService> = createClient(LibraryService, open(served.url));
    const sent = name.endsWith('JSON')
      ? Buffer.from(toJsonString(LendBookRequestSchema, request))
      : toBinary(LendBookRequestSchema, request);

    const { loan } = await client.lendBook(request, { headers: { 'x-signature': sign(sent) } });
    expect(loan?.bookId).toBe('dune');
    expect(served.seen.callers).toEqual(['service:publisher']);
    const forged = client.lendBook(request, { headers: { 'x-signature': sign(Buffer.from('other')) } });
    expect(await failureOf(forged)).toMatchObject({ status: 'Unauthenticated' });
  },
);

/** Sends bytes as they are. */
async function send(url: string, body: Uint8Array, headers: Record<string, string>) {
  const response = await fetch(`${url}/library.v1.LibraryService/LendBook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as BodyInit,
  });
  return { status: response.status, replayed: response.headers.get('idempotent-replayed') };
}

test('it is the bytes that are signed, before they were compressed, not what they mean', async () => {
  const { url, seen } = await serveSigned();
  const bytes = Buffer.from(' {"memberId" : "ann", "bookId":"d\\u0075ne","idempotencyKey":"k" }\n');
  const tidy = Buffer.from(JSON.stringify(JSON.parse(bytes.toString())));

  expect((await send(url, bytes, { 'x-signature': sign(tidy) })).status).toBe(401);
  expect((await send(url, bytes, { 'x-signature': sign(bytes) })).status).toBe(200);
  const packed = { 'x-signature': sign(bytes), 'content-encoding': 'gzip' };
  expect((await send(url, gzipSync(bytes), packed)).status).toBe(200);
  expect(seen.bodies.map((body) => Buffer.from(body ?? []).toString())).toEqual(
    Array.from({ length: 3 }, () => bytes.toString()),
  );
});

test('who cannot sign is refused before an earlier answer is looked up, and counts as a wrong guess', async () => {
  let guesses = 0;
  const { url, library } = await serveSigned({ counted: () => guesses++ });
  const bytes = Buffer.from(toJsonString(LendBookRequestSchema, request));
  const other = Buffer.from(toJsonString(LendBookRequestSchema, { ...request, bookId: 'emma' }));

  expect(await send(url, bytes, { 'x-signature': sign(bytes) })).toEqual({ status: 200, replayed: null });
  expect(await send(url, bytes, { 'x-signature': sign(bytes) })).toEqual({ status: 200, replayed: 'true' });
  expect(await send(url, bytes, {})).toEqual({ status: 401, replayed: null });
  expect(await send(url, other, { 'x-signature': sign(bytes) })).toEqual({ status: 401, replayed: null });
  // Credentials of another kind are none here, whoever shows them.
  expect((await send(url, bytes, as('chief').headers)).status).toBe(401);
  expect(guesses).toBe(3);
  expect(library.lendings).toBe(1);
});

test('a stream cannot be verified as a whole', () => {
  const verify = { watchBook: () => serviceCaller('publisher') };
  expect(() =>
    createServer({
      services: [service(LibraryService, createLibrary().service, { verify })],
      descriptors,
      errors: libraryErrors,
    }),
  ).toThrow('library.v1.LibraryService/WatchBook: verify is given for a stream; expected a unary method');
});
