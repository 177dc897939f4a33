import { constants, fstatSync, openSync, writeSync } from 'node:fs';

/** Milliseconds a line waits for others to leave with. */
const FLUSH_AFTER_MS = 20;
/** Characters that are worth a write of their own. */
const ENOUGH = 16 * 1024;
/** Bytes of UTF-8 that a UTF-16 unit takes at most. */
const MAX_UNIT_BYTES = 3;
/** Characters that wait at most for a reader who does not read; more, and the process waits for the reader. */
const MAX_PENDING = 8 * 1024 * 1024;
/** Milliseconds until a reader that has no room is tried again. */
const RETRY_MS = 5;
/** Milliseconds that a process which exits waits for a reader that takes nothing. */
const EXIT_STALL_MS = 1000;

/** Writes lines to a file descriptor, many at a time. */
export interface LineWriter {
  /** @param text - whole lines */
  write(text: string): void;
  /** Writes what waits; calls back when all of it has been handed to the system. */
  flush(done?: (error?: Error) => void): void;
  /**
   * Writes what waits, and returns when that is done.
   *
   * @param stallMs - milliseconds after which a reader that takes nothing is given up, and what waits is dropped.
   * Default: no limit
   */
  flushSync(stallMs?: number): void;
}

const writers = new Map<number, LineWriter>();

/**
 * The writer of a file descriptor. Lines are collected and leave together, after 20 ms or when there are 16 KiB of
 * them. A pipe whose reader has no room is tried again later instead of being waited for; only when the reader is
 * 8 MiB behind, the process waits: lines are never dropped, torn or put in another order, and memory is bounded. What
 * waits is written when the process exits, crashes included; only a killed process loses it, and one whose reader takes
 * nothing for a second while it exits.
 */
export function lineWriter(fd: number): LineWriter {
  let writer = writers.get(fd);
  if (writer === undefined) {
    if (writers.size === 0) {
      process.on('exit', flushAll);
    }
    writer = createLineWriter(withoutWaiting(fd));
    writers.set(fd, writer);
  }
  return writer;
}

function flushAll(): void {
  for (const writer of writers.values()) {
    writer.flushSync(EXIT_STALL_MS);
  }
}

/**
 * The same pipe, opened once more in a mode in which writing never waits: the mode of the descriptor itself is shared
 * with other processes. Linux only; files do not need it, and for sockets and terminals there is no such way.
 */
function withoutWaiting(fd: number): number {
  try {
    return process.platform === 'linux' && fstatSync(fd).isFIFO()
      ? openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
      : fd;
  } catch {
    // The pipe belongs to somebody else.
    return fd;
  }
}

function createLineWriter(fd: number): LineWriter {
  const room = Buffer.allocUnsafeSlow(2 * ENOUGH * MAX_UNIT_BYTES);
  let pending = '';
  /** What of an earlier write has found no room. */
  let rest: Buffer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let armed = false;
  let broken = false;
  let waiting: ((error?: Error) => void)[] = [];

  const arm = (): void => {
    armed = true;
    if (timer === undefined) {
      timer = setTimeout(send, FLUSH_AFTER_MS).unref();
    } else {
      timer.refresh();
    }
  };

  const send = (): void => {
    armed = false;
    while (rest !== undefined || pending !== '') {
      if (rest === undefined) {
        rest = encoded(pending);
        pending = '';
      }
      rest = writeSome(rest);
      if (rest !== undefined) {
        setTimeout(send, RETRY_MS).unref();
        return;
      }
    }
    const settled = waiting;
    waiting = [];
    for (const done of settled) {
      done();
    }
  };

  /** Bytes of a text, in memory that the next one takes over: by then nothing of this one is left. */
  const encoded = (text: string): Buffer =>
    text.length * MAX_UNIT_BYTES > room.length
      ? Buffer.from(text)
      : room.subarray(0, room.write(text, 'utf8'));

  /** What there is no room for. */
  const writeSome = (bytes: Buffer): Buffer | undefined => {
    let left = bytes;
    while (left.length > 0) {
      try {
        left = left.subarray(writeSync(fd, left));
      } catch (reason) {
        if (isBusy(reason)) {
          return left;
        }
        // The reader is gone, or the disk is full: there is nobody to tell, and the process goes on.
        broken = (reason as NodeJS.ErrnoException).code === 'EPIPE';
        return undefined;
      }
    }
    return undefined;
  };

  const flushSync = (stallMs = Number.POSITIVE_INFINITY): void => {
    let left: Buffer | undefined = Buffer.concat([rest ?? Buffer.alloc(0), Buffer.from(pending)]);
    rest = undefined;
    pending = '';
    let movedAt = performance.now();
    for (;;) {
      const before: number = left.length;
      left = writeSome(left);
      if (left === undefined) {
        return;
      }
      if (left.length < before) {
        movedAt = performance.now();
      } else if (performance.now() - movedAt >= stallMs) {
        return;
      }
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  };

  return {
    write: (text) => {
      if (broken) {
        return;
      }
      pending += text;
      if (pending.length < ENOUGH) {
        if (!armed && rest === undefined) {
          arm();
        }
      } else if (rest === undefined) {
        send();
      } else if (pending.length >= MAX_PENDING) {
        flushSync();
      }
    },
    flush: (done) => {
      if (done !== undefined) {
        waiting.push(done);
      }
      if (rest === undefined) {
        send();
      }
    },
    flushSync,
  };
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Whether a write failed only because the reader has no room at the moment. */
function isBusy(reason: unknown): boolean {
  const { code } = reason as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EBUSY' || code === 'EINTR';
}
