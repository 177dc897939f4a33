/** Why the server closes a connection; the codes from 4000 on are its own. */
export const CloseCode = {
  /** The server shuts down; connect again. */
  GOING_AWAY: 1001,
  /** A binary frame; only text is spoken. */
  UNSUPPORTED_DATA: 1003,
  /** All that clients may send at once is on its way already; connect again in a moment. */
  CROWDED_OUT: 1013,
  /** The client takes in what it subscribed to more slowly than it arises; resume from the last position. */
  SLOW_READER: 4008,
  /** Too many frames in a row that make no sense. */
  BAD_FRAMES: 4400,
  /** Nothing subscribed to, and nothing sent, for as long as any connection may be idle; or half a message for too long. */
  IDLE: 4408,
  /** More frames than allowed. */
  TOO_MANY_FRAMES: 4429,
} as const;

/** One of {@link CloseCode}. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
