import type { Writable } from 'node:stream';
import type { HttpWriter } from '../dispatch/index.ts';

/**
 * Writes to a stream of Node, no faster than its reader reads.
 *
 * @param ended - told that there is nothing more to come
 */
export function streamWriter(stream: Writable, ended: () => void): HttpWriter {
  return {
    write: (bytes) =>
      new Promise((resolve) => {
        if (stream.destroyed || stream.writableEnded || stream.write(bytes)) {
          resolve();
          return;
        }
        const go = (): void => {
          stream.off('drain', go);
          stream.off('close', go);
          resolve();
        };
        stream.on('drain', go);
        stream.on('close', go);
      }),
    end: () => {
      ended();
      if (!stream.destroyed && !stream.writableEnded) {
        stream.end();
      }
    },
  };
}
