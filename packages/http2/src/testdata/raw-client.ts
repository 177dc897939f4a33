import { type Duplex, duplexPair } from 'node:stream';
import { Connection } from '../connection/connection.ts';
import { Sweep } from '../connection/sweep.ts';
import { FieldDecoder } from '../hpack/index.ts';
import type { Http2Error, Http2Options, ServerHandler } from '../index.ts';
import { completeOptions } from '../options.ts';
import { FrameType, framesIn, HELLO, type Received } from './frames.ts';

/** A client that writes frames by hand, at the other end of an engine in memory. */
export interface RawClient {
  readonly socket: Duplex;
  readonly connection: Connection;
  /** Moves the clock of the server, and lets it look at its connections. */
  sleep(milliseconds: number): void;
  /** Sends bytes, and waits until the server has nothing more to say to that. */
  send(...bytes: readonly Uint8Array[]): Promise<void>;
  /** Waits until nothing more comes. */
  quiet(): Promise<void>;
  received(): Received[];
  of(type: number, id?: number): Received[];
  /** The error code of the last GOAWAY, or of the last reset of a stream. */
  goAway(): number | undefined;
  resetOf(id: number): number | undefined;
  /** The fields of each header block that came for a stream. */
  blocks(id: number): string[][];
  /** The body that came for a stream. */
  body(id: number): Buffer;
  /** What the server was told at the end; `null` before it. */
  closedWith(): Http2Error | undefined | null;
}

export interface RawOptions {
  readonly options?: Partial<Http2Options>;
  /** What is sent at first. Default: preface, settings, and the acknowledgement of the server's. */
  readonly hello?: Uint8Array;
  /** The client takes nothing of what the server writes until it is told to. */
  readonly isDeaf?: boolean;
}

/** Connects a client to an engine. */
export async function connect(handler: ServerHandler, raw: RawOptions = {}): Promise<RawClient> {
  const [client, server] = duplexPair();
  let time = 1_000_000;
  let closed: Http2Error | undefined | null = null;
  const connection = new Connection(
    server,
    {
      ...handler,
      connectionClosed: (_connection, error) => {
        closed = error;
      },
    },
    completeOptions(raw.options),
    () => time,
  );
  const sweep = new Sweep(connection);
  const chunks: Buffer[] = [];
  if (raw.isDeaf !== true) {
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
  }
  client.on('error', () => {});
  let bytes: Buffer = Buffer.alloc(0);
  const received = (): Received[] => {
    bytes = Buffer.concat([bytes, ...chunks.splice(0)]);
    return framesIn(bytes);
  };
  const of = (type: number, id?: number): Received[] =>
    received().filter((one) => one.type === type && (id === undefined || one.id === id));
  const quiet = async (): Promise<void> => {
    let idle = 0;
    for (let before = -1; idle < 3; ) {
      await new Promise(setImmediate);
      const now = received().length;
      idle = now === before ? idle + 1 : 0;
      before = now;
    }
  };
  const self: RawClient = {
    socket: client,
    connection,
    sleep: (milliseconds) => {
      time += milliseconds;
      sweep.run(time);
    },
    send: async (...parts) => {
      if (!client.destroyed) {
        client.write(Buffer.concat(parts));
      }
      await quiet();
    },
    quiet,
    received,
    of,
    goAway: () => of(FrameType.GOAWAY).at(-1)?.payload.readUInt32BE(4),
    resetOf: (id) => of(FrameType.RST_STREAM, id).at(-1)?.payload.readUInt32BE(0),
    blocks: (id) => {
      const decoder = new FieldDecoder({ maxTableBytes: 4096, maxListBytes: 1 << 20 });
      return of(FrameType.HEADERS, id).map(({ payload }) => [
        ...decoder.decode(payload, 0, payload.length).fields,
      ]);
    },
    body: (id) => Buffer.concat(of(FrameType.DATA, id).map(({ payload }) => payload)),
    closedWith: () => closed,
  };
  await self.send(raw.hello ?? HELLO);
  return self;
}
