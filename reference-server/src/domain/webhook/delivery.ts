import { pauseAfter, type RetrySchedule } from './retry-schedule.ts';

/** One message to one receiver, until it is delivered or given up. Times are epoch milliseconds. */
export interface Delivery {
  /** The `webhook-id`: the same for all tries. */
  readonly id: string;
  /** The registration whose secrets and settings count; none for the notice of a payment. */
  readonly registrationId?: string;
  /** Id of the buyer who has named the address; none where it was registered. */
  readonly namedBy?: string;
  readonly url: string;
  /** Scheme, host and port: whoever shares them shares a receiver. */
  readonly destination: string;
  /** What it tells of, for people. */
  readonly name: string;
  /** JSON that the body is made of. */
  readonly content: string;
  readonly createdAt: number;
  readonly state: 'WAITING' | 'DELIVERED' | 'DEAD';
  /** Tries that were begun. */
  readonly attempts: number;
  /** Tries that are made before it is given up. */
  readonly maxAttempts: number;
  /** When it is tried next, while it waits; a try that was begun is taken for lost by then. */
  readonly dueAt: number;
  /** When it was delivered or given up. */
  readonly endedAt?: number;
  /** What came of the last try that failed. */
  readonly lastFailure?: string;
}

/** What came of a try. */
export type Attempt =
  | { readonly kind: 'delivered' }
  /** @param isFinal - more tries are of no use: the receiver says that it is gone for good. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly retryAfterMs?: number;
      readonly isFinal?: boolean;
    };

/** A try begins: nobody else begins one before `until`. */
export function begun(delivery: Delivery, until: number): Delivery {
  return { ...delivery, attempts: delivery.attempts + 1, dueAt: until };
}

/** A try was broken off for a reason that is not the receiver's: as if it had not begun. */
export function brokenOff(delivery: Delivery, now: number): Delivery {
  return { ...delivery, attempts: delivery.attempts - 1, dueAt: now };
}

/** A try has ended. */
export function ended(
  delivery: Delivery,
  attempt: Attempt,
  now: number,
  schedule: RetrySchedule,
  random: number,
): Delivery {
  if (attempt.kind === 'delivered') {
    return { ...delivery, state: 'DELIVERED', endedAt: now };
  }
  const failed = { ...delivery, lastFailure: attempt.reason };
  if (attempt.isFinal === true || delivery.attempts >= delivery.maxAttempts) {
    return { ...failed, state: 'DEAD', endedAt: now };
  }
  return { ...failed, dueAt: now + pauseAfter(delivery.attempts, schedule, random, attempt.retryAfterMs) };
}

/** A delivery that was given up, from the beginning. */
export function replayed(delivery: Delivery, now: number): Delivery {
  const { endedAt: _, ...rest } = delivery;
  return { ...rest, state: 'WAITING', attempts: 0, dueAt: now };
}
