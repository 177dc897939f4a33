import { ErrorCode } from '../error-code.ts';
import { FrameType } from '../frames/frame-type.ts';
import { Http2Error } from '../http2-error.ts';
import type { Connection } from './connection.ts';
import { Keepalive } from './keepalive.ts';

/** A client that takes less than this takes nothing. */
const LEAST_SENT = 1024;

/**
 * Looks at a connection from time to time, and ends it, or a stream, when the client lets us wait too long. What is
 * waited for is noticed when it is seen twice: nothing is to be noted while things go well.
 */
export class Sweep {
  readonly #connection: Connection;
  #settingsSince: number | undefined;
  /** A header block was under way, after so many. */
  #blocks = -1;
  #blockSince = 0;
  /** The socket was writing, after so many writes. */
  #writes = -1;
  #writeSince = 0;
  readonly #keepalive: Keepalive;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#keepalive = new Keepalive(connection);
  }

  /** @param now - on the clock of the connection */
  run(now: number): void {
    const connection = this.#connection;
    try {
      this.#checkOutput(now);
      if (!connection.isOver) {
        this.#checkSettings(now);
        this.#checkHeaderBlock(now);
        this.#checkStreams(now);
        this.#keepalive.check(now);
      }
    } catch (reason) {
      connection.blame(reason);
    }
  }

  #checkSettings(now: number): void {
    const { parts } = this.#connection;
    const { settingsTimeoutMs } = parts.options;
    if (parts.isAcknowledged) {
      return;
    }
    // Not since the connection began: what the client said at once may wait to be read on a machine that is busy.
    this.#settingsSince ??= now;
    if (now - this.#settingsSince > settingsTimeoutMs) {
      throw new Http2Error(
        ErrorCode.SETTINGS_TIMEOUT,
        `the settings were not acknowledged within ${settingsTimeoutMs} ms`,
      );
    }
  }

  #checkHeaderBlock(now: number): void {
    const { requests, reader, parts } = this.#connection;
    const { partialType } = reader;
    if (
      !requests.blocks.isOpen &&
      partialType !== FrameType.HEADERS &&
      partialType !== FrameType.CONTINUATION
    ) {
      this.#blocks = -1;
    } else if (this.#blocks !== requests.blockCount) {
      this.#blocks = requests.blockCount;
      this.#blockSince = now;
    } else if (now - this.#blockSince > parts.options.headersTimeoutMs) {
      throw new Http2Error(
        ErrorCode.ENHANCE_YOUR_CALM,
        `a header block takes longer than ${parts.options.headersTimeoutMs} ms`,
      );
    }
  }

  /** The socket takes nothing, so that it is useless to write why. */
  #checkOutput(now: number): void {
    const { parts } = this.#connection;
    const { output, options } = parts;
    if (!output.isWriting) {
      this.#writes = -1;
    } else if (this.#writes !== output.writeCount) {
      this.#writes = output.writeCount;
      this.#writeSince = now;
    } else if (now - this.#writeSince > options.windowStallMs) {
      this.#connection.abandon(
        new Http2Error(
          ErrorCode.ENHANCE_YOUR_CALM,
          `the client has taken nothing for ${options.windowStallMs} ms`,
        ),
      );
    }
  }

  /** A window stays shut. */
  #checkStreams(now: number): void {
    const { parts, sender } = this.#connection;
    const { windowStallMs } = parts.options;
    for (const stream of [...sender.waiting]) {
      const { queue } = stream;
      if (queue === undefined) {
        continue;
      }
      if (queue.since === undefined || queue.sent >= LEAST_SENT) {
        queue.since = now;
        queue.sent = 0;
      } else if (now - queue.since > windowStallMs) {
        if (sender.window <= 0) {
          throw new Http2Error(
            ErrorCode.ENHANCE_YOUR_CALM,
            `the window of the connection stays shut for ${windowStallMs} ms`,
          );
        }
        if (stream.sendWindow <= 0) {
          parts.failById(stream.id, ErrorCode.ENHANCE_YOUR_CALM);
        }
      }
    }
  }
}
