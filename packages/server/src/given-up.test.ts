import { expect, test } from 'vitest';
import { createMemoryIdempotencyStore } from './idempotency/memory-store.ts';
import { failureOf } from './testdata/failure-of.ts';
import { listening } from './testdata/listening.ts';
import { as, grpcClient, serve } from './testdata/serve.ts';

const lend = { bookId: 'dune', idempotencyKey: 'k' };

test.each([1, 5])(
  'of %i who wait for a call that was given up before its handler, one starts it',
  async (count) => {
    const memory = createMemoryIdempotencyStore();
    const opened = Promise.withResolvers<void>();
    let reads = 0;
    const read: typeof memory.read = async (id) => {
      if (reads++ === 0) {
        await opened.promise;
      }
      return memory.read(id);
    };
    const served = await serve({ idempotency: { ...memory, read } });
    const client = grpcClient(served);
    await client.getBook({ bookId: 'dune' });
    const first = failureOf(client.lendBook(lend, { ...as('ann'), timeoutMs: 200 }));
    await expect.poll(() => reads).toBe(1);
    const waiters = Array.from({ length: count }, () => listening('ann'));
    const others = waiters.map(({ options }) => client.lendBook(lend, options));
    expect((await first).status).toBe('DeadlineExceeded');
    await new Promise((resolve) => setTimeout(resolve, 100));
    opened.resolve();
    const answers = await Promise.all(others);

    expect(answers.every(({ loan }) => loan !== undefined)).toBe(true);
    expect(served.library.lendings).toBe(1);
    expect(waiters.filter(({ seen }) => seen.replayed === null)).toHaveLength(1);
  },
);
