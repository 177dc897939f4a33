import type { ErrorCode } from '../error-code.ts';
import type { Stream } from '../stream/stream.ts';
import type { Parts } from './parts.ts';

/** Closes the streams of a connection for which something holds; by default all. Receivers may close others meanwhile. */
export function closeStreams(
  { streams }: Parts,
  code: ErrorCode,
  concerns: (stream: Stream) => boolean = () => true,
): void {
  for (const stream of streams.list()) {
    if (concerns(stream)) {
      stream.close(code);
    }
  }
}

/** Whether a stream waits for a window to open. */
export function isBlocked({ queue, sendWindow, connection }: Stream): boolean {
  return queue !== undefined && (sendWindow <= 0 || connection.sender.window <= 0);
}
