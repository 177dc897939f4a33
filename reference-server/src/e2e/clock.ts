/** A clock that stands still until it is told to go on. */
export interface AdjustableClock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly advance: (milliseconds: number) => void;
}

/** A clock that stands at the present. */
export function adjustableClock(): AdjustableClock {
  let time = Date.now();
  return {
    now: () => time,
    advance: (milliseconds) => {
      time += milliseconds;
    },
  };
}
