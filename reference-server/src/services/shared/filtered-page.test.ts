import { create } from '@bufbuild/protobuf';
import { PaginationSchema } from '@traffic-tacos/contracts/common/v1';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import { put, table } from '../../store/index.ts';
import { filteredPage } from './filtered-page.ts';

const numbers = table<{ readonly n: number }, 'by_n'>('numbers', {
  by_n: ({ n }) => ({ partition: 'all', sort: n }),
});

/** A list of 250 numbers, and the page of it that a cursor is for. */
async function listOf() {
  const store = await openEmbeddedStore({ tables: [numbers], clock: () => 0 });
  for (let from = 0; from < 250; from += 50) {
    await store.transact(
      Array.from({ length: 50 }, (_, at) => put(numbers, `n${from + at}`, { n: from + at })),
    );
  }
  return (cursor: string, list = 'even', pageSize = 7) =>
    filteredPage({
      pagination: create(PaginationSchema, { pageSize, cursor }),
      list,
      read: (limit, position) =>
        store.query(numbers, 'by_n', {
          partition: 'all',
          limit,
          ...(position !== undefined && { cursor: position }),
        }),
      matches: ({ n }) => n % 2 === 0,
    });
}

test('pages follow one another over all batches, each entry once and in order', async () => {
  const page = await listOf();
  const seen: number[] = [];
  let cursor = '';
  do {
    const { items, info } = await page(cursor);
    seen.push(...items.map(({ n }) => n));
    cursor = info.nextCursor;
  } while (cursor !== '');
  expect(seen).toEqual(Array.from({ length: 125 }, (_, at) => at * 2));
});

test('a cursor that this list did not give is refused as one, whatever is in it', async () => {
  const page = await listOf();
  const { info } = await page('');
  const given = JSON.parse(Buffer.from(info.nextCursor, 'base64url').toString()) as unknown[];
  const refused = { code: 'INVALID_ARGUMENT', details: [{ reason: 'UNKNOWN_CURSOR' }] };
  await expect(page(info.nextCursor, 'odd')).rejects.toMatchObject(refused);

  for (const offset of [-1, 100, 1.5, 1e9, null, '7']) {
    const forged = Buffer.from(JSON.stringify([given[0], offset, given[2]])).toString('base64url');
    await expect(page(forged), String(offset)).rejects.toMatchObject(refused);
  }

  const part = fc.oneof(fc.jsonValue(), fc.constant(given[0]), fc.constant(given[1]), fc.constant(given[2]));
  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forged = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.array(part, { maxLength: 4 }).map(text),
    fc.tuple(fc.constant('even'), part, fc.oneof(fc.string(), fc.jsonValue().map(text))).map(text),
  );
  await fc.assert(
    fc.asyncProperty(forged, async (cursor) => {
      const answer = await page(cursor).catch((error: unknown) => error);
      if (answer instanceof Error) {
        expect(answer).toMatchObject(refused);
      } else {
        // Some forgery says what a cursor says: a place in this list and nothing else.
        const { items } = answer as Awaited<ReturnType<typeof page>>;
        expect(items.every(({ n }) => n % 2 === 0)).toBe(true);
      }
    }),
  );
});
