/** Changes a folder of an old format and waits to be killed before that is committed: die-in-migration.ts FOLDER */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FORMAT, prepareFormat } from '../format.ts';
import { migrations } from '../migrations.ts';

const dir = process.argv[2] ?? '';
const db = new DatabaseSync(join(dir, 'store.db'));
const waits = {
  to: FORMAT,
  change: (): void => {
    db.exec('DELETE FROM t_note');
    console.log('changed');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  },
};
prepareFormat(db, dir, [...migrations, waits]);
