import type { Http2Options } from '../options.ts';
import {
  INITIAL_FRAME_BYTES,
  INITIAL_TABLE_BYTES,
  INITIAL_WINDOW_BYTES,
  SETTING_BYTES,
  Setting,
} from './setting.ts';

/** The payload of the SETTINGS frame that a connection with these options begins with. */
export function ownSettings(options: Http2Options): Buffer {
  const settings: [number, number][] = [
    [Setting.MAX_CONCURRENT_STREAMS, options.maxConcurrentStreams],
    [Setting.MAX_HEADER_LIST_SIZE, options.maxHeaderListBytes],
  ];
  if (options.headerTableBytes !== INITIAL_TABLE_BYTES) {
    settings.push([Setting.HEADER_TABLE_SIZE, options.headerTableBytes]);
  }
  if (options.initialWindowBytes !== INITIAL_WINDOW_BYTES) {
    settings.push([Setting.INITIAL_WINDOW_SIZE, options.initialWindowBytes]);
  }
  if (options.maxFrameBytes !== INITIAL_FRAME_BYTES) {
    settings.push([Setting.MAX_FRAME_SIZE, options.maxFrameBytes]);
  }
  if (options.enableConnectProtocol) {
    settings.push([Setting.ENABLE_CONNECT_PROTOCOL, 1]);
  }
  const payload = Buffer.alloc(settings.length * SETTING_BYTES);
  for (const [index, [setting, value]] of settings.entries()) {
    payload.writeUInt16BE(setting, index * SETTING_BYTES);
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2);
  }
  return payload;
}
