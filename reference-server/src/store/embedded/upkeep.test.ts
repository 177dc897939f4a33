import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { StoredTable } from './stored-table.ts';
import { createUpkeep } from './upkeep.ts';

test('a table is told up to when its rows are deleted once there are no more of them', () => {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t_short (id INTEGER PRIMARY KEY, key TEXT, expires_at INTEGER)');
  for (const [key, end] of [
    ['a', 1],
    ['b', 5],
    ['c', 5],
    ['d', 6],
    ['stays', null],
  ] as const) {
    db.prepare('INSERT INTO t_short (key, expires_at) VALUES (?, ?)').run(key, end);
  }
  const removed: string[] = [];
  const deleted: number[] = [];
  const table = {
    shape: { name: 'short', indexes: [], shortLived: true, unsortedKeys: false },
    cache: { remove: (key: string) => removed.push(key), deleted: (until: number) => deleted.push(until) },
  } as unknown as StoredTable;
  const maintain = createUpkeep(db, [table], []);

  expect(maintain({ kind: 'reap', limit: 3 }, 5)).toBe(true);
  expect([removed.toSorted(), deleted]).toStrictEqual([['a', 'b', 'c'], []]);
  expect(maintain({ kind: 'reap', limit: 3 }, 5)).toBe(false);
  expect(deleted).toStrictEqual([5]);
  expect(maintain({ kind: 'reap', limit: 3 }, 7)).toBe(false);
  expect([removed.toSorted(), deleted]).toStrictEqual([
    ['a', 'b', 'c', 'd'],
    [5, 7],
  ]);
});
