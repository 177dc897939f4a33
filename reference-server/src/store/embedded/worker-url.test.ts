import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { dataFolder } from './testdata/data-folder.ts';
import { workerUrl } from './worker-url.ts';

/** A package with these files, empty. */
async function packageWith(files: readonly string[]): Promise<(path: string) => string> {
  const root = await dataFolder();
  for (const file of ['package.json', ...files]) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), '');
  }
  return (path) => pathToFileURL(join(root, path)).href;
}

test('in the sources it is beside the module', () => {
  expect(workerUrl('file:///a%20b/src/store/embedded/worker-url.ts').href).toBe(
    'file:///a%20b/src/store/embedded/worker.ts',
  );
});

test.each([
  'dist/index.js',
  'dist/chunk-4F2A.js',
  'dist/testing/index.js',
  'dist/store/embedded/worker-url.js',
])('for %s it is the entry of the build', async (module) => {
  const at = await packageWith([module, 'dist/store/embedded/worker.js']);
  expect(workerUrl(at(module)).href).toBe(at('dist/store/embedded/worker.js'));
});

test('a build without the entry is told what is missing, and no other package is looked into', async () => {
  const at = await packageWith(['store/embedded/worker.js', 'node_modules/server/package.json']);
  expect(() => workerUrl(at('node_modules/server/dist/index.js'))).toThrow('store/embedded/worker.js');
});
