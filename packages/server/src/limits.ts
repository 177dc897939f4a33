import { MAX_TIMER } from './max-timer.ts';

/** What one client can take of the server, and what all of them can. */
export interface Limits {
  /** Bytes of one request message after decompression. Default 1 MiB. */
  readonly maxRequestBytes: number;
  /**
   * Bytes that requests which have not arrived completely may occupy, all connections together, messages over WebSocket
   * among them. A call that goes over it is refused with RESOURCE_EXHAUSTED, a WebSocket connection closed with 1013; unary calls whose body comes in one piece go on being served. Default
   * 256 MiB.
   */
  readonly maxBufferedBytes: number;
  /**
   * Connections at once. What comes beyond is closed before a byte of it is read: a client sees its connection end.
   * Default 10,000.
   */
  readonly maxConnections: number;
  /** Bytes of all headers of a request. Default 16 KiB. */
  readonly maxHeaderBytes: number;
  /**
   * Milliseconds from connecting to the first bytes, and for the headers of a request. Our own HTTP/2 gives a client as
   * long from its first bytes to its settings and the acknowledgement of ours. Default 10 s.
   */
  readonly headersTimeoutMs: number;
  /**
   * Milliseconds for a whole request to arrive, and for the answer to leave. Streams are exempt: those of answers,
   * and over HTTP/2 those of requests. Default 30 s.
   */
  readonly requestTimeoutMs: number;
  /**
   * Milliseconds a connection without running calls stays open, and a stream whose reader does not read. Default
   * 75 s.
   */
  readonly idleTimeoutMs: number;
  /**
   * Milliseconds after which an HTTP/2 connection on which nothing came is asked by a PING whether its client is still
   * there: streams of answers may be silent for long, and of a client without power or network nobody hears. Default
   * 2 h, as in gRPC's servers.
   */
  readonly keepaliveTimeMs: number;
  /** Milliseconds until something has to come after that PING; then the connection ends. Default 20 s, as there. */
  readonly keepaliveTimeoutMs: number;
  /** Calls at once on one connection. Default 100. */
  readonly maxStreamsPerConnection: number;
  /**
   * Memory that one HTTP/2 connection may occupy, in MiB: answers that its client has not taken above all. Default 10.
   */
  readonly maxSessionMemoryMiB: number;
  /** Stream resets by the client that one HTTP/2 connection may make at once. Default 1000. */
  readonly streamResetBurst: number;
  /** Stream resets a second, on average, that one HTTP/2 connection may make. Default 33. */
  readonly streamResetsPerSecond: number;
  /** Milliseconds no call may exceed, whatever its policy or its client says. Default 30 s. */
  readonly maxDeadlineMs: number;
}

/** Some limits; those that are left out, or `undefined`, are the default's. */
export type PartialLimits = { readonly [Name in keyof Limits]?: Limits[Name] | undefined };

/** The limits of a server that sets none. */
export const defaultLimits: Limits = {
  maxRequestBytes: 1024 * 1024,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxConnections: 10_000,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  keepaliveTimeMs: 2 * 60 * 60 * 1000,
  keepaliveTimeoutMs: 20_000,
  maxStreamsPerConnection: 100,
  maxSessionMemoryMiB: 10,
  streamResetBurst: 1000,
  streamResetsPerSecond: 33,
  maxDeadlineMs: 30_000,
};

/**
 * The limits of a server, blanks filled.
 *
 * @throws RangeError that names a limit which is no positive number, or too long a time
 * @throws TypeError that names a limit which there is not
 */
export function completeLimits(limits: PartialLimits = {}): Limits {
  const given = Object.entries(limits).filter((entry): entry is [string, number] => entry[1] !== undefined);
  for (const [name, value] of given) {
    if (!Object.hasOwn(defaultLimits, name)) {
      const names = Object.keys(defaultLimits).join(', ');
      throw new TypeError(`limits.${name} is no limit; expected one of ${names}`);
    }
    const most = name.endsWith('Ms') ? MAX_TIMER : Number.MAX_SAFE_INTEGER;
    if (!(value > 0 && value <= most)) {
      throw new RangeError(`limits.${name} is ${value}; expected a number above 0 and up to ${most}`);
    }
  }
  return { ...defaultLimits, ...Object.fromEntries(given) };
}
