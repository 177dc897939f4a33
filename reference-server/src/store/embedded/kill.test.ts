import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Store } from '../store.ts';
import { startChild } from './testdata/child.ts';
import { dataFolder, openForTest } from './testdata/data-folder.ts';
import { ACCOUNTS, accounts, START, transfers } from './testdata/transfers.ts';

const ROUNDS = 6;

/** Every transfer that is there has moved its money, and nothing else has. */
async function expectNothingPartial(store: Store): Promise<void> {
  const balances = new Map(Array.from({ length: ACCOUNTS }, (_, at) => [`account-${at}`, START]));
  const newest = new Map<string, number>();
  for await (const { value, version } of store.scan(transfers)) {
    for (const [account, change] of [
      [value.from, -value.amount],
      [value.to, value.amount],
    ] as const) {
      balances.set(account, (balances.get(account) ?? Number.NaN) + change);
      newest.set(account, Math.max(newest.get(account) ?? 0, version));
    }
  }
  for await (const { key, value, version } of store.scan(accounts)) {
    expect(value.balance, key).toBe(balances.get(key));
    expect(newest.get(key) ?? version, key).toBe(version);
  }
  const indexed = await store.query(accounts, 'all', { partition: 'all', limit: 1000 });
  expect(indexed.items.map(({ value }) => value.balance)).toStrictEqual(
    [...balances.values()].toSorted((a, b) => a - b),
  );
}

test('whenever the process is killed, what it acknowledged is there, and nothing is there by halves', async () => {
  const dir = await dataFolder();
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const child = startChild('transfer.ts', [dir, `r${round}`]);
    await child.line(`r${round}-`);
    await pause(Math.random() * 250);
    await child.kill();
    expect(child.process.signalCode).toBe('SIGKILL');
    const lines = child.lines().map((line) => line.split(' '));
    expect(lines.length).toBeGreaterThan(0);

    const store = await openForTest({ dir, tables: [accounts, transfers] });
    for (const [id = '', version] of lines) {
      acknowledged.set(id, Number(version));
    }
    const ids = [...acknowledged.keys()];
    const found = await store.getMany(transfers, ids);
    expect(found.map((item, at) => item?.version ?? `${ids[at]} is lost`)).toStrictEqual([
      ...acknowledged.values(),
    ]);
    await expectNothingPartial(store);
    await store.close();
  }
  expect(new Set(acknowledged.values()).size).toBe(acknowledged.size);
}, 120_000);
