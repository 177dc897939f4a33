import { put, remove, type Store, table, type Write } from '../store/index.ts';

/** Something to be done at a time, written with the state that makes it necessary. */
export interface Timer {
  readonly kind: 'reservation-expiry' | 'payment-due';
  /** What it is about: a reservation's or a payment intent's id. */
  readonly subject: string;
  /** Epoch milliseconds; moved on after a failed try. */
  readonly dueAt: number;
  /** Tries that failed so far. */
  readonly attempts: number;
}

/** Timers that have not been carried out. They survive restarts. */
export const timerTable = table<Timer, 'due'>('timer', {
  due: (timer) => ({ partition: 'all', sort: timer.dueAt }),
});

const keyOf = (kind: Timer['kind'], subject: string): string => `${kind}/${subject}`;

/** Sets the one timer of a kind and subject, replacing an earlier one. */
export function setTimer(kind: Timer['kind'], subject: string, dueAt: number): Write {
  return put(timerTable, keyOf(kind, subject), { kind, subject, dueAt, attempts: 0 });
}

/** Takes the timer away; no error when there is none. */
export function clearTimer(kind: Timer['kind'], subject: string): Write {
  return remove(timerTable, keyOf(kind, subject));
}

/** Carries a timer out. The handler takes the timer away, with its effect; it may be called again before that. */
export type TimerHandler = (timer: Timer) => Promise<void>;

/** Bound of the pause between two tries of one timer. */
const MAX_PAUSE_MS = 60_000;

/**
 * Carries out the timers that are due. One whose handler fails is tried again after a pause that doubles from
 * 200 ms to one minute.
 *
 * @returns how many timers were looked at.
 */
export async function runDueTimers(options: {
  readonly store: Store;
  readonly handlers: Readonly<Record<Timer['kind'], TimerHandler>>;
  readonly clock: () => number;
  readonly limit: number;
  readonly onFailure: (timer: Timer, error: unknown) => void;
}): Promise<number> {
  const { store, handlers, clock, limit, onFailure } = options;
  const page = await store.query(timerTable, 'due', { partition: 'all', to: clock(), limit });
  await Promise.all(
    page.items.map(async ({ key, value: timer, version }) => {
      try {
        await handlers[timer.kind](timer);
      } catch (error) {
        onFailure(timer, error);
        const attempts = timer.attempts + 1;
        const dueAt = clock() + Math.min(MAX_PAUSE_MS, 100 * 2 ** Math.min(attempts, 20));
        await store
          .transact([put(timerTable, key, { ...timer, attempts, dueAt }, { if: { version } })])
          .catch(() => undefined);
      }
    }),
  );
  return page.items.length;
}
