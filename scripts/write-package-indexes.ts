/**
 * Writes one index per proto package beside its generated files, in the ESM and the CJS tree, so that a
 * package is imported as a whole: `@traffic-tacos/contracts/gateway/v1`.
 *
 *   node scripts/write-package-indexes.ts packages/contracts/gen
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.argv[2];
if (root === undefined) {
  throw new Error('usage: write-package-indexes.ts DIRECTORY (the one that holds esm/ and cjs/)');
}

for (const style of ['esm', 'cjs']) {
  for (const entry of readdirSync(join(root, style), { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) {
      continue;
    }
    const directory = join(entry.parentPath, entry.name);
    const modules = readdirSync(directory)
      .filter((name) => name.endsWith('_pb.js'))
      .sort();
    if (modules.length === 0) {
      continue;
    }
    const exports = modules.map((name) => `export * from './${name}';\n`).join('');
    const requires = modules.map((name) => `Object.assign(exports, require('./${name}'));\n`).join('');
    writeFileSync(join(directory, 'index.d.ts'), exports);
    writeFileSync(join(directory, 'index.js'), style === 'esm' ? exports : `'use strict';\n${requires}`);
  }
}
