import { Flag, FRAME_HEAD_BYTES, FrameType } from '../frames/frame-type.ts';
import { encodedBound, encodeStatus, NO_DYNAMIC_TABLE, writeFields } from '../hpack/index.ts';
import { writeFrame, writeFrameHead } from '../output/frames.ts';
import { copyBytes, type Output } from '../output/output.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { INITIAL_TABLE_BYTES } from '../settings/setting.ts';

const NOTHING = Buffer.alloc(0);

/** Writes the frames of answers; what flow control has to say about them is for the caller. */
export class AnswerWriter {
  readonly output: Output;
  readonly #settings: PeerSettings;
  /** The client knows that no table is used. */
  #hasSaidTable = false;

  constructor(output: Output, settings: PeerSettings) {
    this.output = output;
    this.#settings = settings;
  }

  /**
   * A head: the status, the encoded block, and fields of this answer alone, which were checked.
   *
   * @throws RangeError for a status that is none; nothing was written then
   */
  head(
    streamId: number,
    status: number,
    block: Buffer,
    own: readonly string[] | undefined,
    isLast: boolean,
  ): void {
    this.#block(streamId, encodeStatus(status), block, own, isLast);
  }

  /** Trailers, which end the answer. */
  trailers(streamId: number, block: Buffer): void {
    this.#block(streamId, NOTHING, block, undefined, true);
  }

  /** A part of a body. It fits into one frame. */
  data(streamId: number, bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    writeFrame(this.output, FrameType.DATA, isLast ? Flag.END_STREAM : 0, streamId, bytes, start, end);
  }

  /** Ends an answer that has neither body nor trailers left. */
  end(streamId: number): void {
    writeFrame(this.output, FrameType.DATA, Flag.END_STREAM, streamId, NOTHING);
  }

  #block(
    streamId: number,
    status: Buffer,
    block: Buffer,
    own: readonly string[] | undefined,
    isLast: boolean,
  ): void {
    const { output } = this;
    const prefix = this.#tableUpdate();
    const bound = prefix.length + status.length + block.length + (own === undefined ? 0 : encodedBound(own));
    output.reserve(FRAME_HEAD_BYTES + bound);
    const begin = output.at;
    const { buffer } = output;
    let at = begin + FRAME_HEAD_BYTES;
    if (prefix.length > 0) {
      at = copyBytes(prefix, 0, prefix.length, buffer, at);
    }
    at = copyBytes(status, 0, status.length, buffer, at);
    at = copyBytes(block, 0, block.length, buffer, at);
    if (own !== undefined) {
      at = writeFields(buffer, at, own);
    }
    const length = at - begin - FRAME_HEAD_BYTES;
    const endStream = isLast ? Flag.END_STREAM : 0;
    if (length <= this.#settings.maxFrameBytes) {
      writeFrameHead(output, length, FrameType.HEADERS, Flag.END_HEADERS | endStream, streamId);
      output.at = at;
    } else {
      this.#continued(streamId, endStream, Buffer.from(buffer.subarray(begin + FRAME_HEAD_BYTES, at)));
    }
  }

  /** A block that does not fit into one frame. */
  #continued(streamId: number, endStream: number, block: Buffer): void {
    const most = this.#settings.maxFrameBytes;
    for (let start = 0; start < block.length; start += most) {
      const end = Math.min(start + most, block.length);
      const type = start === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      const flags = (start === 0 ? endStream : 0) | (end === block.length ? Flag.END_HEADERS : 0);
      writeFrame(this.output, type, flags, streamId, block, start, end);
    }
  }

  /** What the first block has to begin with for a client that allows less than the usual table. */
  #tableUpdate(): Uint8Array {
    if (this.#hasSaidTable || this.#settings.leastTableBytes >= INITIAL_TABLE_BYTES) {
      return NOTHING;
    }
    this.#hasSaidTable = true;
    return NO_DYNAMIC_TABLE;
  }
}
