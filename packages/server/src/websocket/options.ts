import { MAX_TIMER } from '../max-timer.ts';
import { type RateInit, rateOf } from '../rate-limit/gcra.ts';

/** How methods that answer with a stream are served over WebSocket. */
export interface WebSocketOptions {
  /** Where connections are opened. Default: `/ws`. */
  readonly path?: string | undefined;
  /**
   * Milliseconds between two pings; a method whose policy says less (`stream.heartbeat_ms`) shortens it for its
   * connection. A client that answers none of them before the next one is due is gone. Default: 30 s.
   */
  readonly heartbeatMs?: number | undefined;
  /** Streams at once on one connection. Default: `limits.maxStreamsPerConnection`. */
  readonly maxSubscriptions?: number | undefined;
  /** Bytes that may wait for a client before its streams stop. Default: 64 KiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** Frames that a client may send. Default: 50 a second, 200 at once. */
  readonly frames?: RateInit | undefined;
  /** Frames one after another that make no sense before the connection is closed. Default: 5. */
  readonly maxBadFrames?: number | undefined;
}

/** The options, blanks filled. */
export type CompleteWebSocketOptions = {
  readonly [Name in keyof WebSocketOptions]-?: NonNullable<WebSocketOptions[Name]>;
};

const PATH = /^\/[\w.~!$&'()*+,;=:@%/-]*$/;

/** Fills blanks. @throws Error that names an option which is out of range */
export function completeOptions(
  options: WebSocketOptions,
  maxStreamsPerConnection: number,
): CompleteWebSocketOptions {
  const complete: CompleteWebSocketOptions = {
    path: options.path ?? '/ws',
    heartbeatMs: options.heartbeatMs ?? 30_000,
    maxSubscriptions: options.maxSubscriptions ?? maxStreamsPerConnection,
    maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024,
    frames: options.frames ?? { requestsPerSecond: 50, burst: 200 },
    maxBadFrames: options.maxBadFrames ?? 5,
  };
  if (!PATH.test(complete.path)) {
    throw new Error(`webSocket.path is ${JSON.stringify(complete.path)}; expected a path such as /ws`);
  }
  for (const name of ['heartbeatMs', 'maxSubscriptions', 'maxBufferedBytes', 'maxBadFrames'] as const) {
    const value = complete[name];
    const most = name === 'heartbeatMs' ? MAX_TIMER : Number.MAX_SAFE_INTEGER;
    if (!(value > 0 && value <= most)) {
      throw new RangeError(`webSocket.${name} is ${value}; expected a number above 0 and up to ${most}`);
    }
  }
  rateOf('webSocket.frames', complete.frames);
  return complete;
}
