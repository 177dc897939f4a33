import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { records } from '../conformance/tables.ts';
import { put } from '../write.ts';
import { startChild } from './testdata/child.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';

const tables = [records];

test('a folder that another process uses is refused with its name and that process', async () => {
  const dir = await dataFolder();
  const holder = startChild('hold-folder.ts', [dir]);
  await holder.line('open');
  const refusal = `data folder ${dir} is in use by process ${holder.process.pid}`;
  await expect(openForTest({ dir, tables })).rejects.toThrow(refusal);

  // However the process ends, nothing has to be cleaned up by hand.
  await holder.kill();
  const store = await openForTest({ dir, tables });
  await store.transact([put(records, 'a', 1)]);
  const late = startChild('hold-folder.ts', [dir]);
  expect(await late.line('refused')).toContain(`is in use by process ${process.pid}`);
});

test('the same holds within one process, and ends with the store', async () => {
  const dir = await dataFolder();
  const first = await openForTest({ dir, tables });
  await expect(openForTest({ dir, tables })).rejects.toThrow(`is in use by process ${process.pid}`);
  await first.transact([put(records, 'a', 1)]);
  await first.close();
  const second = await openForTest({ dir, tables });
  expect((await second.get(records, 'a'))?.value).toBe(1);
});

test('a folder is created, for its owner only, and left with nothing but the data and the file that is locked', async () => {
  const dir = join(await dataFolder(), 'deep', 'data');
  const store = await openForTest({ dir, tables });
  await store.transact([put(records, 'a', 1)]);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  await store.close();
  expect(await readdir(dir)).toStrictEqual(['store.db', 'store.lock']);
});

test('in a folder that others may look into, the data are for their owner only', async () => {
  const dir = await dataFolder();
  await chmod(dir, 0o755);
  const store = await openForTest({ dir, tables });
  await store.transact([put(records, 'a', 1)]);
  for (const file of (await readdir(dir)).filter((name) => name.startsWith('store.db'))) {
    expect((await stat(join(dir, file))).mode & 0o777, file).toBe(0o600);
  }
});

test('a newer format is refused, and not touched', async () => {
  const dir = await dataFolder();
  const store = await openForTest({ dir, tables });
  await store.close();
  const db = new DatabaseSync(join(dir, 'store.db'));
  db.exec('PRAGMA user_version = 7');
  db.close();
  const before = await readFile(join(dir, 'store.db'));
  await expect(openForTest({ dir, tables })).rejects.toThrow(
    `data folder ${dir} has format 7, this version reads formats up to 3`,
  );
  expect(await readFile(join(dir, 'store.db'))).toStrictEqual(before);
  expect(await readdir(dir)).toStrictEqual(['store.db', 'store.lock']);
});

test('the database of another program is refused, and not touched', async () => {
  const dir = await dataFolder();
  const db = new DatabaseSync(join(dir, 'store.db'));
  db.exec('CREATE TABLE theirs (id INTEGER)');
  db.close();
  const before = await readFile(join(dir, 'store.db'));
  await expect(openForTest({ dir, tables })).rejects.toThrow('another program');
  expect(await readFile(join(dir, 'store.db'))).toStrictEqual(before);
});

test('a file that is no database is refused with its name', async () => {
  const dir = await dataFolder();
  await writeFile(
    join(dir, 'store.db'),
    'this is not a database, but long enough to look into it'.repeat(20),
  );
  await expect(openForTest({ dir, tables })).rejects.toThrow(
    `${join(dir, 'store.db')} is damaged or no database`,
  );
});

test('a file that was cut off is refused, or read as far as it is whole, and never taken for a new one', async () => {
  const dir = await dataFolder();
  const store = await openForTest({ dir, tables });
  for (let from = 0; from < 500; from += 100) {
    await store.transact(
      Array.from({ length: 100 }, (_, at) => put(records, `k${from + at}`, 'x'.repeat(100))),
    );
  }
  await store.close();
  await truncate(join(dir, 'store.db'), 3 * 4096);
  const damaged = async (): Promise<void> => {
    const again = await openForTest({ dir, tables });
    for (let at = 0; at < 500; at++) {
      expect(await again.get(records, `k${at}`)).toBeDefined();
    }
  };
  await expect(damaged()).rejects.toThrow('malformed');
});

test('a path that is a file, or in a folder that may not be written, is refused with its name', async () => {
  const parent = await dataFolder();
  const file = join(parent, 'file');
  await writeFile(file, '');
  await expect(openForTest({ dir: file, tables })).rejects.toThrow(`data folder ${file} cannot be created`);
  if (process.getuid?.() !== 0) {
    const locked = join(parent, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    await expect(openForTest({ dir: locked, tables })).rejects.toThrow(
      `data folder ${locked} cannot be used`,
    );
  }
});
