import type { FieldBlock, ServerHandler, ServerStream, StreamReceiver } from '../index.ts';
import { ErrorCode } from '../index.ts';
import type { Random } from './random.ts';

const block: FieldBlock = { fields: ['content-type', 'text/plain', 'server', 'fuzz'] };
const trailers: FieldBlock = { fields: ['grpc-status', '0'] };
const SIZES = [0, 1, 5, 100, 3000, 20_000, 200_000];
const body = Buffer.alloc(200_000, 'b');

/** What a handler under test was told, and must not have been. */
export interface Told {
  /** Requests that were begun and not closed. */
  open: number;
  requests: number;
  connectionsClosed: number;
}

/** A handler that does anything a handler may do, and checks that it is told nothing that it may not be told. */
export function anyHandler(random: Random, told: Told): ServerHandler {
  return {
    request: (stream) => {
      told.requests += 1;
      demand(!stream.isClosed, 'a request is not closed when it begins');
      demand(stream.head.method !== '', 'a request has a method');
      if (random.happens(0.4)) {
        act(stream, random);
      }
      if (random.happens(0.05)) {
        return undefined;
      }
      told.open += 1;
      return receiver(random, told);
    },
    ...(random.happens(0.5) && {
      tooLarge: (stream: ServerStream) => stream.respond(431, block, undefined, undefined, undefined),
    }),
    connectionClosed: () => {
      told.connectionsClosed += 1;
    },
  };
}

function receiver(random: Random, told: Told): StreamReceiver {
  let hasEnded = false;
  let isClosed = false;
  return {
    data: (chunk, stream) => {
      demand(!hasEnded && !isClosed, 'data comes before the end');
      demand(chunk.length > 0, 'data is not empty');
      if (random.happens(0.1)) {
        act(stream, random);
      }
    },
    end: (_trailers, stream) => {
      demand(!hasEnded && !isClosed, 'a request ends once');
      hasEnded = true;
      if (random.happens(0.9)) {
        act(stream, random);
      }
    },
    drained: (stream) => {
      demand(!isClosed, 'nothing is drained after the end');
      if (random.happens(0.5)) {
        act(stream, random);
      }
    },
    closed: (_code, stream) => {
      demand(!isClosed && stream.isClosed, 'a stream is closed once');
      isClosed = true;
      told.open -= 1;
      if (random.happens(0.1)) {
        act(stream, random);
      }
    },
  };
}

/** Streams that have a head, and those whose last byte was written. */
const begun = new WeakSet<ServerStream>();
const ended = new WeakSet<ServerStream>();

/** Does something with a stream, in turn. */
function act(stream: ServerStream, random: Random): void {
  if (random.happens(0.01)) {
    leave(stream, random);
  }
  const own = random.happens(0.3) ? ['content-length', '5', 'x-own', 'é'] : undefined;
  const last = random.happens(0.5) ? trailers : undefined;
  const bytes = body.subarray(0, random.pick(SIZES));
  switch (random.below(8)) {
    case 0:
      stream.reset(random.pick([ErrorCode.CANCEL, ErrorCode.INTERNAL_ERROR, ErrorCode.NO_ERROR]));
      return;
    case 1:
      stream.pause();
      return;
    case 2:
      stream.resume();
      return;
    case 3:
      if (!begun.has(stream)) {
        stream.inform(103, ['link', '</a>']);
      }
      return;
    default:
  }
  if (ended.has(stream)) {
    return;
  }
  if (!begun.has(stream)) {
    begun.add(stream);
    const status = random.pick([200, 204, 304, 404, 599]);
    if (random.happens(0.6)) {
      ended.add(stream);
      stream.respond(status, block, own, random.happens(0.8) ? bytes : undefined, last);
    } else {
      stream.open(status, block, own);
      write(stream, bytes, random.below(20));
    }
  } else if (random.happens(0.6)) {
    write(stream, bytes, random.below(20));
  } else {
    ended.add(stream);
    stream.end(last);
  }
}

/** Ends the connection of a stream from within. */
function leave({ connection }: ServerStream, random: Random): void {
  if (random.happens(0.5)) {
    connection.drain();
  } else {
    connection.destroy(random.pick([undefined, ErrorCode.NO_ERROR, ErrorCode.INTERNAL_ERROR]), 'enough');
  }
}

function write(stream: ServerStream, bytes: Uint8Array, times: number): void {
  for (let count = times; count > 0; count--) {
    stream.write(bytes);
  }
}

export function demand(condition: boolean, what: string): void {
  if (!condition) {
    throw new Error(`not so: ${what}`);
  }
}
