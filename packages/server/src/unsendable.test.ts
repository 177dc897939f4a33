import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { createMetrics } from './metrics/index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary, type Library } from './testdata/library.ts';
import { as, serve, transports } from './testdata/serve.ts';

/** A library that answers with what is no number where its contract says number. */
function brokenLibrary(): Library {
  const library = createLibrary();
  const getBook = () => ({ book: { bookId: 'dune', free: {} as number } });
  return { ...library, service: { ...library.service, getBook } };
}

test.each(Object.entries(transports))(
  'an answer that cannot be sent is logged and counted as a failure, once: %s',
  async (_, transport) => {
    const metrics = createMetrics();
    const served = await serve({ metrics }, brokenLibrary());
    const client = createClient(LibraryService, transport(served.url));

    expect((await failureOf(client.getBook({ bookId: 'dune' }, as('ann')))).code).toBe('INTERNAL');
    expect(served.lines).toMatchObject([{ code: 'INTERNAL', level: 50, err: expect.anything() }]);
    const counted = (await metrics.render()).body.match(/grpc_calls_total\{.*method="GetBook".*/g);
    expect(counted).toEqual([expect.stringMatching(/code="INTERNAL"\} 1$/)]);
  },
);
