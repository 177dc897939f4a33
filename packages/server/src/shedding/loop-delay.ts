/** Measures by how much the event loop is late: as long as any work waits for its turn there. */
export interface LoopDelay {
  /** There are calls: measures for the next second at least. */
  touch(): void;
  stop(): void;
}

/** How to measure. */
export interface LoopDelayOptions {
  /** Told about every measurement. `true` keeps measuring, calls or none. */
  readonly onSample: (now: number, delayMs: number) => boolean;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

const PERIOD_MS = 20;
/** Milliseconds by which the timer is late when calls themselves begin to measure, each so many calls. */
const LATE_MS = 100;
const CALLS = 16;
/** Measurements without a call after which there are no more. */
const IDLE_PERIODS = 50;

/**
 * A timer that runs while there are calls, keeps no process alive, and measures how late it is. In a turn of the loop
 * that takes long, because very many calls have come in at once, calls measure for it.
 */
export function createLoopDelay({ onSample, now }: LoopDelayOptions): LoopDelay {
  let timer: NodeJS.Timeout | undefined;
  let due = 0;
  let idle = 0;
  let calls = 0;

  const schedule = (at: number): void => {
    due = at + PERIOD_MS;
    timer = setTimeout(tick, PERIOD_MS).unref();
  };
  const tick = (): void => {
    const at = now();
    idle++;
    const goOn = onSample(at, Math.max(0, at - due));
    if (goOn || idle < IDLE_PERIODS) {
      schedule(at);
    } else {
      timer = undefined;
    }
  };
  return {
    touch: () => {
      idle = 0;
      if (timer === undefined) {
        schedule(now());
      }
      if (++calls % CALLS === 0) {
        const at = now();
        if (at - due > LATE_MS) {
          onSample(at, at - due);
        }
      }
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
