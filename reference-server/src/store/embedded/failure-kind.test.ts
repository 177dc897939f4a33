import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { failureKind } from './failure-kind.ts';
import { explainRefusal } from './owner.ts';
import { dataFolder } from './testdata/data-folder.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('a full disk is told apart from damage, whoever reports it', async () => {
  const dir = await dataFolder();
  // The device that has never any room.
  const full = thrownBy(() => writeFileSync('/dev/full', 'x'));
  expect(failureKind(full)).toBe('full');
  expect(explainRefusal(full, dir).message).toMatch(
    new RegExp(
      `^data folder ${dir} cannot be used: the disk is full \\(ENOSPC: .*\\): make room and start again$`,
    ),
  );
  const db = new DatabaseSync(':memory:');
  db.exec('PRAGMA max_page_count = 4; CREATE TABLE t (x)');
  expect(failureKind(thrownBy(() => db.exec(`INSERT INTO t VALUES (zeroblob(100000))`)))).toBe('full');
  db.close();

  writeFileSync(join(dir, 'store.db'), 'no database at all, and longer than its head'.repeat(100));
  const nonsense = new DatabaseSync(join(dir, 'store.db'));
  expect(failureKind(thrownBy(() => nonsense.exec('SELECT 1 FROM sqlite_schema')))).toBe('damaged');
  nonsense.close();
  expect(failureKind(new Error('of the program'))).toBeUndefined();
});
