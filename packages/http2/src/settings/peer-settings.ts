import { ErrorCode } from '../error-code.ts';
import { Http2Error } from '../http2-error.ts';
import {
  INITIAL_FRAME_BYTES,
  INITIAL_TABLE_BYTES,
  INITIAL_WINDOW_BYTES,
  MAX_FRAME_BYTES,
  MAX_WINDOW_BYTES,
  SETTING_BYTES,
  Setting,
} from './setting.ts';

/** Larger frames would save nothing, and all other streams would wait for each. */
const MOST_SENT = 64 * 1024;

/** What the client has said about itself, as far as it matters to us. */
export class PeerSettings {
  /** The smallest table it has ever allowed our encoder, which uses none: it may have to be told that. */
  leastTableBytes = INITIAL_TABLE_BYTES;
  initialWindowBytes = INITIAL_WINDOW_BYTES;
  /** Of frames that we send: what the client takes, up to a bound. */
  maxFrameBytes = INITIAL_FRAME_BYTES;

  /**
   * Takes over the payload of a SETTINGS frame.
   *
   * @throws Http2Error for a value that is not allowed
   */
  apply(bytes: Buffer, start: number, end: number): void {
    if ((end - start) % SETTING_BYTES !== 0) {
      throw new Http2Error(
        ErrorCode.FRAME_SIZE_ERROR,
        `SETTINGS has ${end - start} bytes; expected a multiple of ${SETTING_BYTES}`,
      );
    }
    for (let at = start; at < end; at += SETTING_BYTES) {
      this.#set(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2));
    }
  }

  #set(setting: number, value: number): void {
    switch (setting) {
      case Setting.HEADER_TABLE_SIZE:
        this.leastTableBytes = Math.min(this.leastTableBytes, value);
        break;
      case Setting.ENABLE_PUSH:
        check('ENABLE_PUSH', value, 0, 1, ErrorCode.PROTOCOL_ERROR);
        break;
      case Setting.INITIAL_WINDOW_SIZE:
        check('INITIAL_WINDOW_SIZE', value, 0, MAX_WINDOW_BYTES, ErrorCode.FLOW_CONTROL_ERROR);
        this.initialWindowBytes = value;
        break;
      case Setting.MAX_FRAME_SIZE:
        check('MAX_FRAME_SIZE', value, INITIAL_FRAME_BYTES, MAX_FRAME_BYTES, ErrorCode.PROTOCOL_ERROR);
        this.maxFrameBytes = Math.min(value, MOST_SENT);
        break;
      case Setting.ENABLE_CONNECT_PROTOCOL:
        check('ENABLE_CONNECT_PROTOCOL', value, 0, 1, ErrorCode.PROTOCOL_ERROR);
        break;
    }
  }
}

function check(name: string, value: number, least: number, most: number, code: ErrorCode): void {
  if (value < least || value > most) {
    throw new Http2Error(code, `SETTINGS has ${name} ${value}; expected ${least} to ${most}`);
  }
}
