import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import type { CallContext } from '../pipeline/call-context.ts';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../testdata/library.ts';
import { serve } from '../testdata/serve.ts';

const BUSY_MS = 60;

test('of calls that come together each is told apart: how long it took, and when it began', async () => {
  const library = createLibrary();
  const began: number[] = [];
  const served = await serve(
    // Nothing that a call would have to wait for.
    { authenticate: () => undefined },
    {
      ...library,
      service: {
        ...library.service,
        getBook(request, context) {
          const at = Date.now();
          began.push((context as CallContext).startedAt - at);
          while (Date.now() < at + BUSY_MS);
          return { book: { bookId: request.bookId } };
        },
      },
    },
  );
  const client = createClient(LibraryService, createGrpcTransport({ baseUrl: served.url }));
  await client.getBook({ bookId: 'dune' });
  began.length = 0;
  served.lines.length = 0;
  // Together, in the bytes of one write.
  await Promise.all([1, 2, 3].map(() => client.getBook({ bookId: 'dune' })));

  for (const { latency_ms: ms } of served.lines) {
    expect(ms).toBeGreaterThanOrEqual(BUSY_MS - 1);
    expect(ms).toBeLessThan(2 * BUSY_MS);
  }
  expect(served.lines).toHaveLength(3);
  for (const late of began) {
    expect(Math.abs(late)).toBeLessThan(BUSY_MS / 2);
  }
});
