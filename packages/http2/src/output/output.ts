import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { giveBuffer, takeBuffer } from './buffer-pool.ts';

const NOTHING = Buffer.alloc(0);

/** Bodies up to this size are copied among the frames: that is cheaper than a piece of their own. */
const MAX_COPIED = 2048;

/**
 * What leaves on a socket: frames collect in a buffer until {@link Output.flush}, one write at a time. Frames are
 * written by hand: {@link Output.reserve} room, write to {@link Output.buffer} from {@link Output.at} on, and move that.
 */
export class Output {
  buffer: Buffer = NOTHING;
  at = 0;
  /** Collected and not written yet, besides what is in the buffer. */
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  /** Where in the buffer the piece begins that is being collected. */
  #from = 0;
  /** Buffers that collected or written pieces lie in. */
  #used: Buffer[] = [];
  #writing: Buffer[] = [];
  #writingBytes = 0;
  /** What the socket was given besides that at the end. */
  #endingBytes = 0;
  #isEnding = false;
  /** Writes that have left. */
  writeCount = 0;
  readonly #socket: Duplex;
  /** Other kinds of streams hand the very bytes to somebody who may keep them. */
  readonly #copiesBytes: boolean;
  readonly #written: (error?: Error | null) => void;

  /** @param written - called whenever a write has left */
  constructor(socket: Duplex, written: () => void) {
    this.#socket = socket;
    this.#copiesBytes = socket instanceof Socket;
    this.#written = (error) => {
      const used = this.#writing;
      this.#writingBytes = 0;
      this.writeCount += 1;
      if (error === undefined || error === null) {
        if (this.#copiesBytes) {
          used.forEach(giveBuffer);
        }
        used.length = 0;
        written();
      }
    };
  }

  /** Bytes that the socket has not taken yet. */
  get waitingBytes(): number {
    return this.#writingBytes + this.#endingBytes + this.#piecesBytes + this.at - this.#from;
  }

  /** Whether the socket has been given something that it has not taken yet. */
  get isWriting(): boolean {
    return this.#writingBytes + this.#endingBytes > 0;
  }

  get isEmpty(): boolean {
    return this.waitingBytes === 0;
  }

  /** Makes room in {@link buffer}. */
  reserve(bytes: number): void {
    if (this.buffer.length - this.at < bytes) {
      this.#retire();
      this.buffer = takeBuffer(bytes);
    }
  }

  /** Adds the bytes of a body. Large ones are not copied. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= MAX_COPIED) {
      this.reserve(length);
      this.at = copyBytes(bytes, start, end, this.buffer, this.at);
      return;
    }
    this.#cut();
    this.#pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, length));
    this.#piecesBytes += length;
  }

  /** Writes what has collected, unless the socket is still busy with what it was given before. */
  flush(): void {
    if (this.#writingBytes > 0 || this.waitingBytes === 0 || this.#isEnding) {
      return;
    }
    const bytes = this.waitingBytes;
    this.#retire();
    const pieces = this.#pieces;
    const used = this.#used;
    this.#used = this.#writing;
    this.#writing = used;
    this.#writingBytes = bytes;
    this.#piecesBytes = 0;
    if (pieces.length === 1) {
      const only = pieces.pop();
      this.#socket.write(only, this.#written);
      return;
    }
    this.#pieces = [];
    const last = pieces.pop();
    this.#socket.cork();
    for (const piece of pieces) {
      this.#socket.write(piece);
    }
    this.#socket.write(last, this.#written);
    this.#socket.uncork();
  }

  /**
   * Writes everything that has collected, and ends the socket after it.
   *
   * @param ended - called when everything has left
   */
  end(ended: () => void): void {
    if (this.#isEnding) {
      return;
    }
    this.#retire();
    this.#isEnding = true;
    const pieces = this.#pieces.splice(0);
    const last = pieces.pop();
    this.#endingBytes = this.#piecesBytes;
    this.#piecesBytes = 0;
    for (const piece of pieces) {
      this.#socket.write(piece);
    }
    if (last !== undefined) {
      this.#socket.write(last, () => {
        this.#endingBytes = 0;
        this.writeCount += 1;
      });
    }
    this.#socket.end(ended);
  }

  /** Ends the piece that is being collected. */
  #cut(): void {
    if (this.at > this.#from) {
      this.#pieces.push(this.buffer.subarray(this.#from, this.at));
      this.#piecesBytes += this.at - this.#from;
      this.#from = this.at;
    }
  }

  #retire(): void {
    this.#cut();
    if (this.buffer.length > 0) {
      this.#used.push(this.buffer);
    }
    this.buffer = NOTHING;
    this.at = 0;
    this.#from = 0;
  }
}

/** A loop is faster than a call for what most frames carry. */
const MAX_LOOPED = 64;

/** Copies bytes from start to end. @returns the offset after them in the target */
export function copyBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): number {
  if (end - start > MAX_LOOPED) {
    target.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), offset);
    return offset + end - start;
  }
  let to = offset;
  for (let from = start; from < end; from++) {
    target[to++] = bytes[from] as number;
  }
  return to;
}
