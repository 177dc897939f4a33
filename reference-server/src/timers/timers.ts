import type { DueSource, DueWork } from '../deliveries/index.ts';
import { put, remove, table, type Write } from '../store/index.ts';

/** Something to be done at a time, written with the state that makes it necessary. */
export interface Timer extends DueWork {
  readonly kind: 'reservation-expiry' | 'payment-due';
  /** What it is about: a reservation's or a payment intent's id. */
  readonly subject: string;
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

/** Timers as work: whoever carries one out takes it away, together with its effect. */
export const timerSource: DueSource<Timer> = {
  table: timerTable,
  describe: ({ kind, subject }) => ({ name: kind, subject }),
};
