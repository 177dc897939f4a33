import { setImmediate } from 'node:timers/promises';
import { Connection } from '../connection/connection.ts';
import { Sweep } from '../connection/sweep.ts';
import { completeOptions } from '../options.ts';
import { checkOutput } from './check-output.ts';
import { anyHandler, demand, type Told } from './handler.ts';
import { MemorySocket } from './memory-socket.ts';
import type { Random } from './random.ts';
import { session } from './session.ts';

/** The error code of the GOAWAY that a session ended with; -1: none. */
export interface SessionResult {
  readonly frames: number;
  readonly requests: number;
  readonly code: number;
}

/**
 * Plays a session to an engine, cut into packets anyhow, with a client that may stop listening, a clock that moves, and a
 * server that may leave. Then the client goes, and everything has to have ended.
 */
export async function fuzzSession(random: Random): Promise<SessionResult> {
  const frames = session(random);
  const told: Told = { open: 0, requests: 0, connectionsClosed: 0 };
  const socket = new MemorySocket();
  let time = 0;
  const options = completeOptions({
    maxBufferedBytes: random.pick([10_000, 1024 * 1024]),
    maxHeaderListBytes: random.pick([1000, 16_384]),
    headerTableBytes: random.pick([0, 4096, 4096, 4096, 4096, 4096, 8192]),
    initialWindowBytes: random.pick([1000, 65_535, 262_144]),
    resetBurst: random.pick([10, 1000]),
    controlBurst: random.pick([20, 2000]),
    enableConnectProtocol: random.happens(0.5),
    maxConcurrentStreams: random.pick([2, 100]),
  });
  const connection = new Connection(socket, anyHandler(random, told), options, () => time);
  const sweep = new Sweep(connection);
  const wire = Buffer.concat(frames);
  const isPatient = random.happens(0.3);
  let at = 0;
  while (at < wire.length && !connection.isOver) {
    const end = at + packetSize(random);
    // Memory of its own, as a socket's chunk has: it may be kept.
    socket.push(Buffer.from(wire.subarray(at, end)));
    at = end;
    if (isPatient && random.happens(0.2)) {
      await setImmediate();
    }
    if (random.happens(0.01)) {
      disturb(random, socket, connection);
      time += random.pick([1, 100, 20_000]);
      sweep.run(time);
    }
  }
  await setImmediate();
  socket.listen();
  const wasOver = connection.isOver;
  if (random.happens(0.5)) {
    socket.push(null);
    await setImmediate();
    socket.listen();
  }
  checkOutput(wire.subarray(0, at), Buffer.concat(socket.written));
  await closed(socket);
  demand(told.open === 0, 'every stream is closed in the end');
  demand(connection.openStreams === 0, 'no stream is open in the end');
  demand(told.connectionsClosed === 1, 'the handler is told once that the connection is closed');
  return { frames: delivered(frames, at), requests: told.requests, code: wasOver ? lastCode(socket) : -1 };
}

function packetSize(random: Random): number {
  return random.happens(0.1) ? 1 + random.below(10) : 1 + random.below(random.pick([30, 200, 2000, 100_000]));
}

function disturb(random: Random, socket: MemorySocket, connection: Connection): void {
  switch (random.below(6)) {
    case 0:
      socket.isDeaf = true;
      break;
    case 1:
      socket.listen();
      break;
    case 2:
      connection.drain();
      break;
    case 3:
      if (random.happens(0.1)) {
        connection.destroy();
      }
      break;
    default:
  }
}

async function closed(socket: MemorySocket): Promise<void> {
  socket.destroy();
  // The event comes with the next tick.
  await setImmediate();
  demand(socket.closed, 'the socket is closed');
}

/** Frames that were given to the connection, at least in part. */
function delivered(frames: readonly Buffer[], bytes: number): number {
  let left = bytes;
  let count = 0;
  for (const frame of frames) {
    if (left <= 0) {
      break;
    }
    left -= frame.length;
    count += 1;
  }
  return count;
}

/** Of a GOAWAY at the very end of what was written; -1: none is there. */
function lastCode(socket: MemorySocket): number {
  const written = Buffer.concat(socket.written);
  for (let at = 0; at + 9 <= written.length; ) {
    const length = written.readUIntBE(at, 3);
    if (written[at + 3] === 0x7 && at + 9 + length === written.length) {
      return written.readUInt32BE(at + 13);
    }
    at += 9 + length;
  }
  return -1;
}
