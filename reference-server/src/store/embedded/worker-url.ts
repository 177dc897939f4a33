import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Where a build puts the worker, below the folder of its output. */
const BUILT = join('store', 'embedded', 'worker.js');

/**
 * The file to start the worker from: beside this one in the sources; in a build, wherever in it this module has ended
 * up, the worker's own entry `store/embedded/worker.js`.
 *
 * @param module - the URL of this module.
 */
export function workerUrl(module: string = import.meta.url): URL {
  const file = fileURLToPath(new URL(module));
  if (file.endsWith('.ts')) {
    return pathToFileURL(join(dirname(file), 'worker.ts'));
  }
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const candidate = join(folder, BUILT);
    if (existsSync(candidate)) {
      return pathToFileURL(candidate);
    }
    if (folder === dirname(folder) || existsSync(join(folder, 'package.json'))) {
      throw new Error(
        `no ${BUILT} was found in the folder of ${file} or above it, up to ${folder}: ` +
          'build the worker of the embedded store as an entry of its own with that name',
      );
    }
  }
}
