/** Opens the store in a folder and keeps it open: hold-folder.ts FOLDER */
import { records } from '../../conformance/tables.ts';
import { openEmbeddedStore } from '../index.ts';

const dir = process.argv[2] ?? '';
try {
  await openEmbeddedStore({ dir, tables: [records] });
  console.log('open');
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : error}`);
}
