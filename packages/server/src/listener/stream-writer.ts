import type { Writable } from 'node:stream';
import type { FieldBlock, HttpWriter } from '../dispatch/index.ts';

/**
 * Writes to a stream of Node, no faster than its reader reads.
 *
 * @param ended - told, before the end, that there is nothing more to come
 */
export function streamWriter(
  stream: Writable,
  ended: (trailers: FieldBlock | undefined) => void,
): HttpWriter {
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
    end: (trailers) => {
      ended(trailers);
      if (!stream.destroyed && !stream.writableEnded) {
        stream.end();
      }
    },
  };
}
