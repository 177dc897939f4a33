import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { type Json, table } from '../table.ts';
import { put } from '../write.ts';
import { FORMAT, prepareFormat } from './format.ts';
import { openReader } from './index.ts';
import { migrations } from './migrations.ts';
import { startChild } from './testdata/child.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';
import { format1Items, makeFormat1 } from './testdata/format-1.ts';

interface Note {
  readonly day: string;
  readonly text: string;
}
const notes = table<Note, 'by_day'>('note', { by_day: ({ day, text }) => ({ partition: day, sort: text }) });
const others = table<Json>('other');
const tables = [notes, others];
/** When one of the items has ended. */
const clock = (): number => Date.UTC(2026, 0, 1);
const living = format1Items.filter(([, , , expiresAt]) => (expiresAt ?? Infinity) > clock());

async function expectItems(store: Store): Promise<void> {
  const found = await store.getMany(
    notes,
    format1Items.map(([key]) => key),
  );
  expect(found.map((item) => item && [item.key, item.value, item.version, item.expiresAt ?? null])).toEqual(
    format1Items.map((item) => (living.includes(item) ? item : undefined)),
  );
  const { items } = await store.query(notes, 'by_day', { partition: 'mon', limit: 10 });
  expect(items.map(({ key }) => key)).toEqual(['a', 'b']);
}

const formatIn = (dir: string): unknown => {
  const db = new DatabaseSync(join(dir, 'store.db'), { readOnly: true });
  try {
    return db.prepare('PRAGMA user_version').get()?.user_version;
  } finally {
    db.close();
  }
};

test('a folder of the first format is brought up to date with all it has, and a copy of it is kept', async () => {
  const dir = await dataFolder();
  makeFormat1(dir);
  const store = await openForTest({ dir, tables, clock });
  await expectItems(store);
  const { version } = await store.transact([put(notes, 'new', { day: 'wed', text: 'third' })]);
  expect(version, 'no version is given twice').toBeGreaterThan(
    Math.max(...format1Items.map(([, , of]) => of)),
  );
  await store.close();
  expect(formatIn(dir)).toBe(FORMAT);

  expect(await readdir(dir)).toContain('store.db.format-1');
  const copy = new DatabaseSync(join(dir, 'store.db.format-1'), { readOnly: true });
  expect(copy.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
  expect(
    copy
      .prepare('SELECT key FROM t_note ORDER BY key')
      .all()
      .map(({ key }) => key),
  ).toEqual(format1Items.map(([key]) => key));
  copy.close();

  // The copy is of before: opening the folder again does not touch it.
  const before = await readFile(join(dir, 'store.db.format-1'));
  await expectItems(await openForTest({ dir, tables, clock }));
  expect(await readFile(join(dir, 'store.db.format-1'))).toEqual(before);
});

test('a step that fails leaves the file as it was, and the next start can do it', async () => {
  const dir = await dataFolder();
  makeFormat1(dir);
  const db = new DatabaseSync(join(dir, 'store.db'));
  const broken = {
    to: FORMAT,
    change: () => {
      db.exec("DELETE FROM t_note WHERE key = 'a'");
      throw new Error('out of luck');
    },
  };
  expect(() => prepareFormat(db, dir, [...migrations, broken])).toThrow(
    `bringing the data from format 1 to ${FORMAT} failed (out of luck): nothing was changed`,
  );
  db.close();
  expect(formatIn(dir)).toBe(1);
  await expectItems(await openForTest({ dir, tables, clock }));
});

test('a process that is killed while it brings a folder up to date leaves the old format or the new one', async () => {
  const dir = await dataFolder();
  makeFormat1(dir);
  const child = startChild('die-in-migration.ts', [dir]);
  await child.line('changed');
  await child.kill();
  expect(formatIn(dir)).toBe(1);
  await expectItems(await openForTest({ dir, tables, clock }));
});

test('a reader changes nothing of a folder that is not up to date, and says what to do', async () => {
  const dir = await dataFolder();
  makeFormat1(dir);
  expect(() => openReader({ dir, tables })).toThrow(
    `data folder ${dir} has format 1, this version reads format ${FORMAT}: start the server of this version`,
  );
  expect(formatIn(dir)).toBe(1);
});
