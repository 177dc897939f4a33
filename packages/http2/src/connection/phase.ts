// How far the end of a connection has come.
export const OPEN = 0;
/** The client was asked to open nothing more. */
export const DRAINING = 1;
/** What it opens now is ignored. */
export const FINISHING = 2;
/** Nothing more is read or answered. */
export const ENDED = 3;
export const CLOSED = 4;
