import { ErrorCode } from '../error-code.ts';
import type { Stream } from '../stream/stream.ts';
import type { Parts } from './parts.ts';

/**
 * Closes the streams of a connection for which something holds; by default all. Receivers may close others meanwhile.
 *
 * @throws the first of what receivers throw, when every stream is closed
 */
export function closeStreams(
  { streams }: Parts,
  code: ErrorCode,
  concerns: (stream: Stream) => boolean = () => true,
): void {
  let mistake: { readonly reason: unknown } | undefined;
  for (const stream of streams.list()) {
    if (concerns(stream)) {
      try {
        stream.close(code);
      } catch (reason) {
        mistake ??= { reason };
      }
    }
  }
  if (mistake !== undefined) {
    throw mistake.reason;
  }
}

/** Asks the client not to send what nobody reads any more (RFC 9113, 8.1): its requests were answered early. */
export function closeEarly(streams: readonly Stream[]): void {
  for (const stream of streams) {
    if (!stream.isClosed) {
      stream.connection.writeReset(stream, ErrorCode.NO_ERROR);
      stream.close(undefined);
    }
  }
}

/** Whether a stream waits for what only a client could send that sends nothing more: its request, or a wider window. */
export function isHopeless({ isRequestEnded, queue, sendWindow, connection }: Stream): boolean {
  return !isRequestEnded || (queue !== undefined && (sendWindow <= 0 || connection.sender.window <= 0));
}
