import type { HealthState } from './health-state.ts';

/** Milliseconds a condition may take to answer; no answer is a no. The platform's health probe waits as long. */
export const PROBE_TIMEOUT_MS = 5000;
/** Milliseconds between two looks at the condition while somebody watches. */
export const PROBE_INTERVAL_MS = 5000;

/** What a server's readiness depends on. */
export interface ReadinessOptions {
  readonly health: HealthState;
  /** The condition; absent, the state alone decides. */
  readonly ready: (() => boolean | Promise<boolean>) | undefined;
  /** Hears why a condition could not be answered. */
  readonly onError: (reason: unknown) => void;
  /** Default {@link PROBE_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  /** Default {@link PROBE_INTERVAL_MS}. */
  readonly intervalMs?: number;
}

/** Looks at a server's own condition and keeps its health up to date. */
export interface Readiness {
  /** Asks the condition, once for all who ask meanwhile, and sets the health by it. */
  probe(): Promise<void>;
  /** Asks the condition again and again until the result is called. Several at once share one clock. */
  keepProbing(): () => void;
}

/** The readiness of a server. A condition that throws, or is late, does not hold. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { health, ready, onError, timeoutMs = PROBE_TIMEOUT_MS, intervalMs = PROBE_INTERVAL_MS } = options;
  let asking: Promise<void> | undefined;
  let clock: NodeJS.Timeout | undefined;
  let users = 0;

  const ask = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    try {
      health.setReady((await answerWithin(timeoutMs, condition)) !== false);
    } catch (reason) {
      health.setReady(false);
      onError(reason);
    } finally {
      asking = undefined;
    }
  };
  const probe = (): Promise<void> => {
    if (ready === undefined) {
      return Promise.resolve();
    }
    asking ??= ask(ready);
    return asking;
  };

  return {
    probe,
    keepProbing: () => {
      if (ready === undefined) {
        return nothing;
      }
      users++;
      clock ??= setInterval(() => void probe(), intervalMs).unref();
      let stopped = false;
      return () => {
        if (!stopped) {
          stopped = true;
          users--;
          if (users === 0) {
            clearInterval(clock);
            clock = undefined;
          }
        }
      };
    },
  };
}

async function answerWithin(
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`ready gave no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    // The condition is entered in a promise of its own: it may throw at once.
    return await Promise.race([Promise.resolve().then(condition), late]);
  } finally {
    clearTimeout(timer);
  }
}

function nothing(): void {
  // There is no clock to stop.
}
