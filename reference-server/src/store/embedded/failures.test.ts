import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { records } from '../conformance/tables.ts';
import { StoreUnavailable } from '../store-unavailable.ts';
import { put } from '../write.ts';
import { declareTables } from './declared-tables.ts';
import { createEmbeddedStore } from './embedded-store.ts';
import { startChild } from './testdata/child.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';
import { linkWorker } from './worker-link.ts';
import { workerUrl } from './worker-url.ts';

const tables = [records];

test('a disk that is full refuses everything from then on, and loses nothing that was acknowledged', async () => {
  const dir = await dataFolder();
  // A limit on the size of files stands for the full disk; blocks of 512 bytes.
  const child = startChild('fill-until-refused.ts', [dir], 'ulimit -f 1000;');
  await child.line('closed after');
  await child.ended;
  const lines = child.lines();
  expect(lines.find((line) => line.startsWith('refused'))).toMatch(
    new RegExp(
      `^refused true StoreUnavailable: the store in ${dir} has failed: .+ What was acknowledged is kept`,
    ),
  );
  expect(lines.filter((line) => line.startsWith('afterwards'))).toStrictEqual(
    Array.from({ length: 3 }, () => 'afterwards refused'),
  );
  const acknowledged = lines.flatMap((line) => line.match(/^acknowledged (.*)/)?.[1] ?? []);
  expect(acknowledged.length).toBeGreaterThan(8);

  const store = await openForTest({ dir, tables });
  const found = await store.getMany(records, acknowledged);
  expect(found.every((item) => item?.value === 'x'.repeat(5000))).toBe(true);
});

test('a damaged file refuses everything from then on', async () => {
  const dir = await dataFolder();
  const before = await openForTest({ dir, tables });
  const keys = Array.from({ length: 2000 }, (_, at) => `k${at}`);
  for (let from = 0; from < keys.length; from += 100) {
    await before.transact(keys.slice(from, from + 100).map((key) => put(records, key, 'x'.repeat(200))));
  }
  await before.close();
  const store = await openForTest({ dir, tables });
  // The first pages hold the schema: behind them, whatever is read is nonsense.
  const file = await open(join(dir, 'store.db'), 'r+');
  const { size } = await file.stat();
  await file.write(Buffer.alloc(size - 16 * 4096, 0xa5), 0, undefined, 16 * 4096);
  await file.close();

  const outcomes = await Promise.allSettled(keys.map((key) => store.get(records, key)));
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(reasons.length).toBeGreaterThan(0);
  expect(reasons.every((reason) => reason instanceof StoreUnavailable)).toBe(true);
  expect(String(reasons[0])).toContain(`the store in ${dir} has failed: database disk image is malformed`);
  await expect(store.transact([put(records, 'new', 1)])).rejects.toThrow(StoreUnavailable);
  await store.close();
  await expect(openForTest({ dir, tables })).rejects.toThrow(/store\.db is damaged .*: restore it/);
});

test('when the worker dies, everyone who waits and everyone who comes is refused', async () => {
  const dir = await dataFolder();
  const declared = declareTables(tables);
  const workerData = { dir, tables: declared.all.map(({ shape }) => shape) };
  const worker = new Worker(workerUrl(), { workerData });
  const link = linkWorker(worker, 'the store', Date.now);
  await link.opened;
  const store = createEmbeddedStore(link, declared);

  const acknowledged: string[] = [];
  const pending: Promise<unknown>[] = [];
  for (let round = 0; acknowledged.length < 50; round++) {
    const key = `k${round}`;
    pending.push(store.transact([put(records, key, round)]).then(() => acknowledged.push(key)));
    await new Promise(setImmediate);
  }
  pending.push(store.get(records, 'k0'));
  const settled = Promise.allSettled(pending);
  await worker.terminate();
  const outcomes = await settled;
  const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(reasons.length).toBeGreaterThan(0);
  for (const reason of reasons) {
    expect(reason).toBeInstanceOf(StoreUnavailable);
    expect(reason.message).toContain('the store has failed: its worker thread ended with exit code 1');
  }
  await expect(store.get(records, 'k0')).rejects.toThrow(StoreUnavailable);
  await expect(store.transact([put(records, 'k0', 1)])).rejects.toThrow(StoreUnavailable);
  await store.close();

  const again = await openForTest({ dir, tables });
  expect((await again.getMany(records, acknowledged)).every((item) => item !== undefined)).toBe(true);
});

test('a worker that dies while it is being closed lets nobody wait for ever', async () => {
  const worker = new Worker(workerUrl(), { workerData: { tables: [] } });
  const link = linkWorker(worker, 'the store', Date.now);
  await link.opened;
  const closed = link.close();
  await worker.terminate();
  await closed;
  await expect(link.transact([])).rejects.toThrow(StoreUnavailable);
});
