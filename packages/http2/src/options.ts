/** What a connection may take of the server. Sizes in bytes, times in milliseconds. */
export interface Http2Options {
  /** Streams at once; those beyond are refused (REFUSED_STREAM). Default 100. */
  readonly maxConcurrentStreams: number;
  /** All header fields of a request, as RFC 9113 (6.5.2) counts. Default 16 KiB. */
  readonly maxHeaderListBytes: number;
  /** The table with which clients compress header fields. Default 4 KiB. */
  readonly headerTableBytes: number;
  /** What a client may send of one body before it is granted more. Default 256 KiB. */
  readonly initialWindowBytes: number;
  /**
   * What it may send of all bodies together; at least 65,535, the protocol's own. Paused streams use it up for the others,
   * so it should be some times `initialWindowBytes`. Default 1 MiB.
   */
  readonly connectionWindowBytes: number;
  /** Of one frame; 16,384 (default) to 16,777,215. */
  readonly maxFrameBytes: number;
  /** Frames that continue one header block. Default 64. */
  readonly maxContinuations: number;
  /**
   * Streams that the client resets, or gives reason to reset or refuse, at once (after a quiet time up to twice as many)
   * and a second on average. Default 1000 and 33, as in node:http2.
   */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  /**
   * Frames that ask for work and carry nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, unknown ones), at
   * once and a second on average; those that carry something earn four more, in either direction. Default 2000 and 200.
   */
  readonly controlBurst: number;
  readonly controlsPerSecond: number;
  /**
   * What a client has not taken yet: when so much waits for the socket, nothing more is read from it; when so much waits
   * for that or for flow control, new streams are refused. Default 1 MiB.
   */
  readonly maxBufferedBytes: number;
  /** For what a connection begins with, and for the acknowledgement of our settings. Default 10 s. */
  readonly settingsTimeoutMs: number;
  /** For a header block that has begun. Default 10 s. */
  readonly headersTimeoutMs: number;
  /**
   * How long a client may take nothing of what waits for it. Of bodies, sockets are given some 256 KiB at a time, and tell
   * when all of it has left. Default 60 s.
   */
  readonly windowStallMs: number;
  /**
   * A connection on which nothing has come for so long is asked by a PING whether its client is still there. Default
   * 2 h, as in gRPC's servers; 2 ** 31 - 1, which is 25 days, is as good as never.
   */
  readonly keepaliveTimeMs: number;
  /** For anything to come after that PING; then the connection ends. Default 20 s, as in gRPC's servers. */
  readonly keepaliveTimeoutMs: number;
  /** Whether connections without open streams are asked, too. Default true, as in the servers of grpc-go and grpc-java. */
  readonly keepaliveWithoutStreams: boolean;
  /** Between the two GOAWAYs of a drain where the client answers no PING, and for it to close at the end. Default 1 s. */
  readonly lingerMs: number;
  /** Takes extended CONNECT (RFC 8441). Default false. */
  readonly enableConnectProtocol: boolean;
}

/** The options of a connection that sets none. */
export const defaultOptions: Http2Options = {
  maxConcurrentStreams: 100,
  maxHeaderListBytes: 16 * 1024,
  headerTableBytes: 4096,
  initialWindowBytes: 256 * 1024,
  connectionWindowBytes: 1024 * 1024,
  maxFrameBytes: 16_384,
  maxContinuations: 64,
  resetBurst: 1000,
  resetsPerSecond: 33,
  controlBurst: 2000,
  controlsPerSecond: 200,
  maxBufferedBytes: 1024 * 1024,
  settingsTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  windowStallMs: 60_000,
  keepaliveTimeMs: 2 * 60 * 60 * 1000,
  keepaliveTimeoutMs: 20_000,
  keepaliveWithoutStreams: true,
  lingerMs: 1000,
  enableConnectProtocol: false,
};

const MAX_WINDOW = 2 ** 31 - 1;

/** The least and the most of what the protocol bounds; everything else is from 1 to 2 ** 31 - 1. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  maxFrameBytes: [16_384, 2 ** 24 - 1],
  connectionWindowBytes: [65_535, MAX_WINDOW],
  headerTableBytes: [0, MAX_WINDOW],
};

/**
 * Options with blanks filled; `undefined` is one.
 *
 * @throws RangeError that names an option which is out of its range
 * @throws TypeError that names an option which there is not, or whose value has another type
 */
export function completeOptions(options: Partial<Http2Options> = {}): Http2Options {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    checkOption(name, value);
  }
  return { ...defaultOptions, ...Object.fromEntries(given) };
}

function checkOption(name: string, value: unknown): void {
  if (!Object.hasOwn(defaultOptions, name)) {
    const names = Object.keys(defaultOptions).join(', ');
    throw new TypeError(`${name} is no option of HTTP/2; expected one of ${names}`);
  }
  const type = typeof defaultOptions[name as keyof Http2Options];
  if (typeof value !== type) {
    throw new TypeError(`${name} is ${value}; expected a ${type}`);
  }
  if (typeof value === 'number') {
    const [least, most] = RANGES[name] ?? [1, MAX_WINDOW];
    if (!(value >= least && value <= most)) {
      throw new RangeError(`${name} is ${value}; expected a number from ${least} to ${most}`);
    }
  }
}
