import { markAsUntransferable } from 'node:worker_threads';
import { varintSize } from './varint.ts';

/** Bytes that many messages share: what V8 asks for a buffer of its own costs more than writing most messages. */
const SLAB = 64 * 1024;
/** A slab with less than this left is given up. */
const SPARE = 4 * 1024;
/** Beyond it, the buffer of a long message is not kept for later ones. */
const KEPT = 1024 * 1024;

const words = new Uint32Array(2);
const wide = new BigUint64Array(words.buffer);

/**
 * Protobuf's binary format, written where it stays: one message behind the other, and each is given out as a view.
 * One that is too long for that is written elsewhere, and copied once.
 *
 * Whatever is written is told where (`at`), and tells where what follows goes. Values are not checked.
 */
export class WireOutput {
  /** What the message under way is written to; another one once there is no room. */
  bytes: Buffer;
  /** A message is under way: something in it has another one written, which has to go elsewhere. */
  isBusy = false;
  #slab: Buffer;
  /** Where the message under way begins, in whatever it is written to. */
  #start = 0;
  #long: Buffer | undefined;

  constructor() {
    this.#slab = newSlab();
    this.bytes = this.#slab;
  }

  /**
   * Begins a message behind `reserve` bytes that are not set. Gives back where it begins. Either {@link take} or
   * {@link drop} has to follow.
   */
  start(reserve: number): number {
    this.isBusy = true;
    if (this.#start > SLAB - SPARE) {
      this.#slab = newSlab();
      this.bytes = this.#slab;
      this.#start = 0;
    }
    const at = this.#start + reserve;
    this.room(at, 0);
    return at;
  }

  /** The message that was begun, up to `end`. Nobody but its owner writes to it any more. */
  take(end: number): Buffer {
    this.isBusy = false;
    if (this.bytes === this.#slab) {
      const taken = this.#slab.subarray(this.#start, end);
      this.#start = end;
      return taken;
    }
    const taken = Buffer.allocUnsafeSlow(end - this.#start);
    this.bytes.copy(taken, 0, this.#start, end);
    this.bytes = this.#slab;
    return taken;
  }

  /** Forgets the message that was begun. */
  drop(): void {
    this.isBusy = false;
    this.bytes = this.#slab;
  }

  /** `bytes`, which has room for so many more. */
  room(at: number, more: number): Buffer {
    return at + more > this.bytes.length ? this.#grow(at, at + more) : this.bytes;
  }

  uint32(at: number, value: number): number {
    const bytes = this.room(at, 5);
    let [end, rest] = [at, value];
    while (rest > 127) {
      bytes[end++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[end++] = rest;
    return end;
  }

  int32(at: number, value: number): number {
    // Negative numbers are extended to 64 bits.
    return value >= 0 ? this.uint32(at, value) : this.#varint(at, value >>> 0, 0xffff_ffff);
  }

  sint32(at: number, value: number): number {
    return this.uint32(at, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  bool(at: number, value: boolean): number {
    this.room(at, 1)[at] = value ? 1 : 0;
    return at + 1;
  }

  varint64(at: number, value: bigint): number {
    wide[0] = value;
    return this.#varint(at, words[0] as number, words[1] as number);
  }

  sint64(at: number, value: bigint): number {
    return this.varint64(at, (value << 1n) ^ (value >> 63n));
  }

  fixed32(at: number, value: number): number {
    return this.room(at, 4).writeUInt32LE(value >>> 0, at);
  }

  fixed64(at: number, value: bigint): number {
    wide[0] = value;
    const [low, high] = [words[0] as number, words[1] as number];
    return this.fixed32(this.fixed32(at, low), high);
  }

  float(at: number, value: number): number {
    return this.room(at, 4).writeFloatLE(value, at);
  }

  double(at: number, value: number): number {
    return this.room(at, 8).writeDoubleLE(value, at);
  }

  /** With its length. */
  binary(at: number, value: Uint8Array): number {
    return this.raw(this.uint32(at, value.length), value);
  }

  raw(at: number, value: Uint8Array): number {
    this.room(at, value.length).set(value, at);
    return at + value.length;
  }

  /** With its length. */
  string(at: number, value: string): number {
    const { length } = value;
    // No character needs more than three bytes for each of its units.
    const bytes = this.room(at, length * 3 + 5);
    if (length < SHORT) {
      let index = 0;
      for (; index < length; index++) {
        const unit = value.charCodeAt(index);
        if (unit > 127) {
          break;
        }
        bytes[at + 1 + index] = unit;
      }
      if (index === length) {
        bytes[at] = length;
        return at + 1 + length;
      }
    }
    // Most texts are ASCII: as many bytes as units.
    const from = at + varintSize(length);
    const written = bytes.write(value, from, 'utf8');
    const to = at + varintSize(written);
    if (to !== from) {
      bytes.copyWithin(to, from, from + written);
    }
    return this.uint32(at, written) + written;
  }

  /** Fields that the contract does not know, as they came. */
  unknown(
    at: number,
    fields: readonly { readonly no: number; readonly wireType: number; readonly data: Uint8Array }[],
  ): number {
    let end = at;
    for (const { no, wireType, data } of fields) {
      end = this.raw(this.uint32(end, ((no << 3) | wireType) >>> 0), data);
    }
    return end;
  }

  /** Leaves room for the length of what follows, up to `close`. Gives back where that goes, which `close` wants to know. */
  open(at: number): number {
    this.room(at, 1);
    return at + 1;
  }

  /** Sets the length of what was written from `start` to `end`. */
  close(start: number, end: number): number {
    const length = end - start;
    if (length < 128) {
      this.bytes[start - 1] = length;
      return end;
    }
    // Longer than expected: what was written makes way.
    const more = varintSize(length) - 1;
    this.room(end, more).copyWithin(start + more, start, end);
    return this.uint32(start - 1, length) + length;
  }

  #varint(at: number, low: number, high: number): number {
    const bytes = this.room(at, 10);
    let [end, lo, hi] = [at, low, high];
    while (hi > 0 || lo > 127) {
      bytes[end++] = (lo & 127) | 128;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    bytes[end++] = lo;
    return end;
  }

  #grow(at: number, needed: number): Buffer {
    const kept = this.#long;
    const long =
      kept !== undefined && kept.length >= needed
        ? kept
        : Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    if (long.length <= KEPT) {
      this.#long = long;
    }
    this.bytes.copy(long, this.#start, this.#start, at);
    this.bytes = long;
    return long;
  }
}

/** Strings up to here are copied faster by a loop than by the engine. */
const SHORT = 12;

function newSlab(): Buffer {
  const slab = Buffer.allocUnsafeSlow(SLAB);
  // Who moved one message to another thread would take all of them.
  markAsUntransferable(slab.buffer);
  return slab;
}
