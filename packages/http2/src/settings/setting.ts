/** The settings of RFC 9113 (6.5.2) and RFC 8441. */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const;

/** Both of a number and a value. */
export const SETTING_BYTES = 6;

/** What holds until somebody says something else. */
export const INITIAL_TABLE_BYTES = 4096;
export const INITIAL_WINDOW_BYTES = 65_535;
export const INITIAL_FRAME_BYTES = 16_384;
export const MAX_FRAME_BYTES = 2 ** 24 - 1;
export const MAX_WINDOW_BYTES = 2 ** 31 - 1;
