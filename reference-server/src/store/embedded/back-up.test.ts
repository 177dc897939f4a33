import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { records } from '../conformance/tables.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import { put } from '../write.ts';
import { backUp, openReader, restore } from './index.ts';
import { startChild } from './testdata/child.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';
import { ACCOUNTS, accounts, START, transfers } from './testdata/transfers.ts';

const tables = [records];

test('a backup made while another process writes is whole, of one moment, and a data folder itself', async () => {
  const dir = await dataFolder();
  const to = join(await dataFolder(), 'deep', 'backup');
  const child = startChild('transfer.ts', [dir, 'run']);
  await child.line('run-');
  while (child.lines().length < 500) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const before = child.lines().map((line) => line.split(' ')[0] ?? '');
  const reports: { done: number; total: number }[] = [];
  let made = await backUp({ dir, to, onProgress: (progress) => reports.push(progress) });
  while (child.lines().length === before.length) {
    // It was too fast for the other process to write anything meanwhile.
    await rm(to, { recursive: true });
    reports.length = 0;
    made = await backUp({ dir, to, onProgress: (progress) => reports.push(progress) });
  }
  await child.line(child.lines().at(-1) ?? '');
  await child.kill();
  expect(made).toEqual({ dir: to, bytes: (await stat(join(to, 'store.db'))).size });
  expect(await readdir(to)).toEqual(['store.db']);
  expect((await stat(to)).mode & 0o777).toBe(0o700);
  expect(new Set(reports.map(({ total }) => total)).size).toBeLessThanOrEqual(1);

  const copy = await openForTest({ dir: to, tables: [accounts, transfers] });
  expect((await copy.getMany(transfers, before)).every((item) => item !== undefined)).toBe(true);
  let sum = 0;
  for await (const { value } of copy.scan(accounts)) {
    sum += value.balance;
  }
  expect(sum).toBe(ACCOUNTS * START);
}, 60_000);

test('a backup overwrites nothing and leaves nothing unfinished', async () => {
  const dir = await dataFolder();
  const parent = await dataFolder();
  const store = await openForTest({ dir, tables });
  await store.transact([put(records, 'a', 1)]);
  await mkdir(join(parent, 'taken'));
  await expect(backUp({ dir, to: join(parent, 'taken') })).rejects.toThrow(
    `${join(parent, 'taken')} exists already: a backup overwrites nothing`,
  );
  await writeFile(join(parent, 'file'), '');
  await expect(backUp({ dir, to: join(parent, 'file', 'b') })).rejects.toThrow('no backup was made');
  await expect(backUp({ dir: parent, to: join(parent, 'b') })).rejects.toThrow(
    `${parent} holds no store.db: give the data folder of a server`,
  );
  expect((await readdir(parent)).sort()).toEqual(['file', 'taken']);
});

async function damage(dir: string): Promise<void> {
  const file = await open(join(dir, 'store.db'), 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(size - 16 * 4096, 0xa5), 0, undefined, 16 * 4096);
  await file.close();
}

async function filled(dir: string): Promise<void> {
  const store = await openForTest({ dir, tables });
  for (let from = 0; from < 2000; from += 100) {
    await store.transact(
      Array.from({ length: 100 }, (_, at) => put(records, `k${from + at}`, 'x'.repeat(200))),
    );
  }
  await store.close();
}

test('damaged data does not become a backup, nor a damaged backup data', async () => {
  const [dir, parent] = [await dataFolder(), await dataFolder()];
  await filled(dir);
  await damage(dir);
  await expect(backUp({ dir, to: join(parent, 'b') })).rejects.toThrow(
    /^no backup was made in .*the copy is damaged, and so is what it was made from.*; run doctor, and restore an older backup where it finds damage$/s,
  );
  expect(await readdir(parent)).toEqual([]);

  const target = await dataFolder();
  await (await openForTest({ dir: target, tables })).close();
  await expect(restore({ from: dir, dir: target, now: 0 })).rejects.toThrow(
    `the backup in ${dir} is damaged`,
  );
  expect((await readdir(target)).sort()).toEqual(['store.db', 'store.lock']);
});

test('what is restored takes the place of what there is, which is kept with its log', async () => {
  const [dir, backup] = [await dataFolder(), join(await dataFolder(), 'b')];
  const store = await openForTest({ dir, tables });
  await store.transact([put(records, 'a', 'then')]);
  await backUp({ dir, to: backup });
  await store.transact([put(records, 'a', 'later'), put(records, 'b', 'later')]);
  await expect(restore({ from: backup, dir, now: 0 })).rejects.toThrow(
    `data folder ${dir} is in use by process ${process.pid}`,
  );
  await store.close();
  // As a process leaves it that was killed.
  const crashed = startChild('transfer.ts', [dir, 'run']);
  await crashed.line('run-');
  await crashed.kill();
  expect(existsSync(join(dir, 'store.db-wal'))).toBe(true);

  const former = await restore({ from: backup, dir, now: Date.UTC(2026, 0, 2) });
  expect(former).toBe(join(dir, 'before-restore-2026-01-02T00-00-00.000Z'));
  expect(await readdir(former ?? '')).toEqual(expect.arrayContaining(['store.db', 'store.db-wal']));
  const restored = await openForTest({ dir, tables });
  expect((await restored.getMany(records, ['a', 'b'])).map((item) => item?.value)).toEqual([
    'then',
    undefined,
  ]);
  const before = await openForTest({ dir: former ?? '', tables });
  expect((await before.get(records, 'b'))?.value).toBe('later');

  const empty = join(await dataFolder(), 'new');
  expect(await restore({ from: backup, dir: empty, now: 0 })).toBeUndefined();
  expect((await (await openForTest({ dir: empty, tables })).get(records, 'a'))?.value).toBe('then');
});

test('files beside the database come along, and nobody else can read the copies', async () => {
  const [dir, backup] = [await dataFolder(), join(await dataFolder(), 'b')];
  const companions = ['key.json', 'absent.json'];
  await (await openForTest({ dir, tables })).close();
  await writeFile(join(dir, 'key.json'), 'then', { mode: 0o644 });
  await backUp({ dir, to: backup, companions });
  expect((await readdir(backup)).sort()).toEqual(['key.json', 'store.db']);
  expect((await stat(join(backup, 'key.json'))).mode & 0o777).toBe(0o600);

  const same = await restore({ from: backup, dir, now: 0, companions });
  expect(await readdir(same ?? ''), 'what is the same stays where it is').not.toContain('key.json');
  await writeFile(join(dir, 'key.json'), 'later');
  const former = await restore({ from: backup, dir, now: 1, companions });
  expect(await readFile(join(former ?? '', 'key.json'), 'utf8')).toBe('later');
  expect(await readFile(join(dir, 'key.json'), 'utf8')).toBe('then');
  expect((await stat(join(dir, 'key.json'))).mode & 0o777).toBe(0o600);

  // A backup without the file takes none away.
  const without = join(await dataFolder(), 'b');
  await backUp({ dir, to: without });
  await restore({ from: without, dir, now: 2, companions });
  expect(await readFile(join(dir, 'key.json'), 'utf8')).toBe('then');
  expect((await readdir(dir)).filter((name) => name.endsWith('.restored'))).toEqual([]);
});

test('a reader sees one moment until it is told to look again, beside a store that writes', async () => {
  const dir = await dataFolder();
  const store = await openForTest({ dir, tables });
  await store.transact([put(records, 'a', 1)]);
  const reader = openReader({ dir, tables });
  await store.transact([put(records, 'a', 2), put(records, 'b', 2)]);
  expect((await reader.store.get(records, 'a'))?.value).toBe(1);
  expect(await reader.store.get(records, 'b')).toBeUndefined();
  reader.refresh();
  expect((await reader.store.getMany(records, ['a', 'b'])).map((item) => item?.value)).toEqual([2, 2]);
  await expect(reader.store.transact([put(records, 'a', 3)])).rejects.toThrow(StoreUnavailable);
  expect(() => reader.db.exec('DELETE FROM t_record')).toThrow('readonly');
  expect((await store.get(records, 'a'))?.value).toBe(2);
  reader.close();
});
