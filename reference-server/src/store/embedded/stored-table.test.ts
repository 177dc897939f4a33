import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createRowCaches } from './row-cache.ts';
import { createStoredTable } from './stored-table.ts';

test.each([
  [true, 'every item of a table that is said to be short-lived must have an end'],
  [false, 'something else has written to the file'],
])('a row that was known not to be there and is: short-lived %s', (shortLived, why) => {
  const db = new DatabaseSync(':memory:');
  db.exec(`CREATE TABLE t_note (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, version INTEGER, expires_at INTEGER, value TEXT);
    INSERT INTO t_note (key, version, value) VALUES ('b', 1, '1')`);
  const shape = { name: 'note', indexes: [], shortLived, unsortedKeys: false };
  const cache = createRowCaches(10).create(shape, { lastKey: 'a', lastEnd: Number.NEGATIVE_INFINITY });
  const table = createStoredTable(db, shape, cache);
  const save = (key: string, json: string): void => {
    const row = table.row(key);
    Object.assign(row, { version: 2, json });
    table.save(row);
  };
  save('c', '2');
  expect(() => save('b', '2')).toThrow(`a row of table note was there that was known not to be: ${why}`);
  // Other failures are told as they are: what helps depends on their code.
  db.exec('PRAGMA query_only = 1');
  expect(() => save('d', '2')).toThrow('attempt to write a readonly database');
});
