/** What may happen to a seat. */
export const SeatState = {
  AVAILABLE: 0,
  /** Held until an expiry. */
  RESERVED: 1,
  SOLD: 2,
  /** Not for sale. */
  BLOCKED: 3,
} as const;

export type SeatState = (typeof SeatState)[keyof typeof SeatState];
