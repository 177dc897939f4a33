import { ErrorCode } from '../error-code.ts';
import { Http2Error } from '../http2-error.ts';
import type { Http2Options } from '../options.ts';

/** How much longer than the list of its fields a block may be: a client that is merely too long is answered. */
const SLACK = 4;

/** A header block that comes in more than one frame. There is one at a time, with no other frame in between. */
export class HeaderBlocks {
  /** Of the block that is under way; 0: none is. */
  streamId = 0;
  /** Of the frame that it began with. */
  flags = 0;
  dependsOnItself = false;
  #parts: Buffer[] = [];
  #bytes = 0;
  readonly #maxBytes: number;
  readonly #maxContinuations: number;

  constructor(options: Http2Options) {
    this.#maxBytes = SLACK * Math.max(options.maxHeaderListBytes, options.maxFrameBytes);
    this.#maxContinuations = options.maxContinuations;
  }

  get isOpen(): boolean {
    return this.streamId !== 0;
  }

  begin(streamId: number, flags: number, dependsOnItself: boolean, part: Buffer): void {
    this.streamId = streamId;
    this.flags = flags;
    this.dependsOnItself = dependsOnItself;
    this.add(part);
  }

  /** @throws Http2Error for more frames, or bytes, than a block may have */
  add(part: Buffer): void {
    // Copied, since what it lies in is larger.
    this.#parts.push(Buffer.from(part));
    this.#bytes += part.length;
    if (this.#parts.length > this.#maxContinuations + 1) {
      throw new Http2Error(
        ErrorCode.ENHANCE_YOUR_CALM,
        `a header block goes on after ${this.#maxContinuations} CONTINUATION frames`,
      );
    }
    if (this.#bytes > this.#maxBytes) {
      throw new Http2Error(
        ErrorCode.ENHANCE_YOUR_CALM,
        `a header block has more than ${this.#maxBytes} bytes`,
      );
    }
  }

  /** The whole block; the next one may begin. */
  take(): Buffer {
    const block = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    this.streamId = 0;
    return block;
  }
}
