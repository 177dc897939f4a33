import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { records, ticket, tickets } from '../conformance/tables.ts';
import { put } from '../write.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';

/** Rows that are in the file, expired or not. */
function rowsIn(dir: string, table: string): number {
  const db = new DatabaseSync(join(dir, 'store.db'), { readOnly: true });
  try {
    return Number(db.prepare(`SELECT count(*) AS rows FROM t_${table}`).get()?.rows);
  } finally {
    db.close();
  }
}

async function fill(
  dir: string,
  options: { readonly reapInterval: number; readonly wait: number },
): Promise<number> {
  let now = 0;
  const store = await openForTest({
    dir,
    tables: [tickets, records],
    clock: () => now,
    reapInterval: options.reapInterval,
  });
  for (let from = 0; from < 1000; from += 100) {
    await store.transact(
      Array.from({ length: 100 }, (_, at) =>
        put(records, `r${from + at}`, at, at % 10 < 7 ? { expiresAt: at % 10 === 0 ? 101 : 100 } : {}),
      ),
    );
  }
  await store.transact([put(tickets, 'short', ticket({ group: 'g' }), { expiresAt: 100 })]);
  now = 100;
  await new Promise((resolve) => setTimeout(resolve, options.wait));
  await store.close();
  return rowsIn(dir, 'record') + rowsIn(dir, 'ticket');
}

test('expired items leave the file, those of more than one batch too, and no others', async () => {
  await vi.waitFor(
    async () => expect(await fill(await dataFolder(), { reapInterval: 200, wait: 300 })).toBe(400),
    { timeout: 20_000 },
  );
});

test('until then they only look gone', async () => {
  expect(await fill(await dataFolder(), { reapInterval: 600_000, wait: 0 })).toBe(1001);
});

test('an item that is put again while its end is being cleared away stays', async () => {
  let now = 0;
  const store = await openForTest({ tables: [records], clock: () => now, reapInterval: 1 });
  for (let round = 0; round < 300; round++) {
    await store.transact([put(records, 'key', round, { expiresAt: now + 1 })]);
    now += 1;
    const { version } = await store.transact([put(records, 'key', -round, { if: 'absent' })]);
    await new Promise(setImmediate);
    expect((await store.get(records, 'key'))?.version).toBe(version);
  }
});
