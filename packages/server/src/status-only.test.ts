import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { refuse, service } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, serve, transports } from './testdata/serve.ts';

/** A library where the refusals of LendBook are statuses, though its answer has a field for outcomes. */
async function serveStatuses() {
  const library = createLibrary();
  const services = [service(LibraryService, library.service, { statusOnly: ['lendBook'] })];
  return { ...(await serve({ services }, library)), library };
}

const request = { bookId: 'dune', memberId: 'ann', idempotencyKey: 'k' };

test.each(Object.entries(transports))(
  '%s: an outcome of a method whose callers look at the status is a status, with the contract’s code',
  async (_name, open) => {
    const { url, library } = await serveStatuses();
    const client = createClient(LibraryService, open(url));
    library.before = () => {
      throw refuse('NOT_FOUND', 'no such book');
    };
    expect(await failureOf(client.lendBook(request, as('ann')))).toMatchObject({
      status: 'NotFound',
      code: 'NOT_FOUND',
    });

    // It was not kept: asked again under the same key, the call is made.
    library.before = undefined;
    const { loan, error } = await client.lendBook(request, as('ann'));
    expect(error).toBeUndefined();
    expect(loan?.bookId).toBe('dune');
  },
);

test('a key that was used with another request is refused in the same way', async () => {
  const { url } = await serveStatuses();
  const send = (body: object) =>
    fetch(`${url}/library.v1.LibraryService/LendBook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...as('ann').headers },
      body: JSON.stringify(body),
    });
  expect((await send(request)).status).toBe(200);
  expect((await send({ ...request, bookId: 'emma' })).status).toBe(409);
});
