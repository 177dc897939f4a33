import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Waits until a file's content, or the names in a folder, would outlive a power cut. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Windows has no such thing for folders.
    if (process.platform !== 'win32') {
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}
