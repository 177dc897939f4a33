import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Node's own way of doing that never ends where a file system, such
 * as `/proc`, says of every new folder that the one above it is missing.
 *
 * @returns the first folder that was made; `undefined` when it was there.
 * @throws Error when it cannot be made, or is no folder.
 */
export function makeFolder(dir: string, mode: number): string | undefined {
  const missing: string[] = [];
  for (let path = resolve(dir); !isFolder(path); path = dirname(path)) {
    missing.unshift(path);
  }
  for (const path of missing) {
    try {
      mkdirSync(path, { mode });
    } catch (error) {
      // Somebody else may have made it meanwhile.
      if (!isFolder(path)) {
        throw error;
      }
    }
  }
  return missing[0];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
