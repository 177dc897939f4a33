/** Bytes a new output has room for; most messages need less. */
const INITIAL = 16 * 1024;
/** Beyond it, an output is not kept for later messages. */
const KEPT = 1024 * 1024;

const words = new Uint32Array(2);
const wide = new BigUint64Array(words.buffer);

/**
 * Protobuf's binary format, written into one buffer again and again: a buffer of its own for each message costs more
 * than writing most messages does. Values are not checked.
 */
export class WireOutput {
  #bytes = Buffer.allocUnsafeSlow(INITIAL);
  at = 0;

  /** The written bytes as a buffer of their own, behind `reserve` bytes that are not set. */
  take(reserve: number): Buffer {
    const taken = Buffer.allocUnsafe(reserve + this.at);
    this.#bytes.copy(taken, reserve, 0, this.at);
    this.reset();
    return taken;
  }

  /** Forgets what was written. */
  reset(): void {
    this.at = 0;
    if (this.#bytes.length > KEPT) {
      this.#bytes = Buffer.allocUnsafeSlow(INITIAL);
    }
  }

  uint32(value: number): void {
    this.#room(5);
    const bytes = this.#bytes;
    let rest = value;
    while (rest > 127) {
      bytes[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[this.at++] = rest;
  }

  int32(value: number): void {
    if (value >= 0) {
      this.uint32(value);
    } else {
      // Negative numbers are extended to 64 bits.
      this.#varint(value >>> 0, 0xffff_ffff);
    }
  }

  sint32(value: number): void {
    this.uint32(((value << 1) ^ (value >> 31)) >>> 0);
  }

  varint64(value: bigint): void {
    wide[0] = value;
    this.#varint(words[0] as number, words[1] as number);
  }

  sint64(value: bigint): void {
    this.varint64((value << 1n) ^ (value >> 63n));
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#bytes.writeUInt32LE(value >>> 0, this.at);
    this.at += 4;
  }

  fixed64(value: bigint): void {
    wide[0] = value;
    this.fixed32(words[0] as number);
    this.fixed32(words[1] as number);
  }

  float(value: number): void {
    this.#room(4);
    this.#bytes.writeFloatLE(value, this.at);
    this.at += 4;
  }

  double(value: number): void {
    this.#room(8);
    this.#bytes.writeDoubleLE(value, this.at);
    this.at += 8;
  }

  /** With its length. */
  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.at);
    this.at += value.length;
  }

  /** With its length. */
  string(value: string): void {
    const { length } = value;
    // No character needs more than three bytes for each of its units.
    this.#room(length * 3 + 5);
    const bytes = this.#bytes;
    if (length < SHORT) {
      const from = this.at + 1;
      let index = 0;
      for (; index < length; index++) {
        const unit = value.charCodeAt(index);
        if (unit > 127) {
          break;
        }
        bytes[from + index] = unit;
      }
      if (index === length) {
        bytes[this.at] = length;
        this.at = from + length;
        return;
      }
    }
    const start = this.begin();
    this.at += bytes.write(value, this.at, 'utf8');
    this.end(start);
  }

  /** Leaves room for the length of what follows, up to `end`. Gives back what `end` wants. */
  begin(): number {
    this.#room(1);
    this.at += 1;
    return this.at;
  }

  /** Sets the length of what was written since `begin`. */
  end(start: number): void {
    const length = this.at - start;
    if (length < 128) {
      this.#bytes[start - 1] = length;
      return;
    }
    // Longer than expected: what was written makes way.
    const more = length < 2 ** 14 ? 1 : length < 2 ** 21 ? 2 : length < 2 ** 28 ? 3 : 4;
    this.#room(more);
    this.#bytes.copyWithin(start + more, start, this.at);
    this.at = start - 1;
    this.uint32(length);
    this.at += length;
  }

  #varint(low: number, high: number): void {
    this.#room(10);
    const bytes = this.#bytes;
    let [lo, hi] = [low, high];
    while (hi > 0 || lo > 127) {
      bytes[this.at++] = (lo & 127) | 128;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    bytes[this.at++] = lo;
  }

  #room(bytes: number): void {
    const needed = this.at + bytes;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.at);
      this.#bytes = larger;
    }
  }
}

/** Strings up to here are copied faster by a loop than by the engine. */
const SHORT = 64;
