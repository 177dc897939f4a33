import { ErrorCode } from '../error-code.ts';
import { FrameType } from '../frames/frame-type.ts';
import type { Http2Options } from '../options.ts';
import { writeFrame, writeGoAway, writeNumberFrame } from '../output/frames.ts';
import type { Output } from '../output/output.ts';
import { ownSettings } from '../settings/own-settings.ts';
import { INITIAL_WINDOW_BYTES } from '../settings/setting.ts';

/** Said in a first GOAWAY: the last stream is not known yet (RFC 9113, 6.8). */
const ANY_STREAM = 2 ** 31 - 1;

/** Marks the PING of a drain. */
const DRAIN_PING = Buffer.from('draining');
const KEEPALIVE_PING = Buffer.from('keepaliv');

/** What we begin a connection with. */
export function writeGreeting(output: Output, options: Http2Options): void {
  writeFrame(output, FrameType.SETTINGS, 0, 0, ownSettings(options));
  if (options.connectionWindowBytes > INITIAL_WINDOW_BYTES) {
    const more = options.connectionWindowBytes - INITIAL_WINDOW_BYTES;
    writeNumberFrame(output, FrameType.WINDOW_UPDATE, 0, more);
  }
}

/** Asks the client to open nothing more. Its answer to the PING follows whatever it had on its way. */
export function writeNotice(output: Output): void {
  writeGoAway(output, ANY_STREAM, ErrorCode.NO_ERROR, '');
  writeFrame(output, FrameType.PING, 0, 0, DRAIN_PING);
}

/** Whether the payload of a PING is that of a drain's. */
export function isDrainPing(bytes: Buffer, start: number, end: number): boolean {
  return bytes.compare(DRAIN_PING, 0, DRAIN_PING.length, start, end) === 0;
}

/** Asks whether the client is still there. */
export function writeKeepalive(output: Output): void {
  writeFrame(output, FrameType.PING, 0, 0, KEEPALIVE_PING);
}
