import {
  type DueSource,
  type DueWork,
  deadLetter,
  deadLetterId,
  deadLetterTable,
} from '../deliveries/index.ts';
import { type Condition, type Item, put, remove, type Store, table, type Write } from '../store/index.ts';

/** Something to be done at a time, written with the state that makes it necessary. */
export interface Timer extends DueWork {
  readonly kind: 'reservation-expiry' | 'payment-due' | 'payment-news' | 'event-parts';
  /** What it is about: the id of a reservation, a payment intent, news of a payment, or an event. */
  readonly subject: string;
  /** What is to be done, where kind and subject do not say it. */
  readonly details?: Readonly<Record<string, string | boolean>>;
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

/** The timer, if there is one. */
export function getTimer(
  store: Store,
  kind: Timer['kind'],
  subject: string,
): Promise<Item<Timer> | undefined> {
  return store.get(timerTable, keyOf(kind, subject));
}

/**
 * Takes the timer away; no error when there is none.
 *
 * @param condition Of one that must not have been set anew meanwhile.
 */
export function clearTimer(kind: Timer['kind'], subject: string, condition?: Condition): Write {
  return remove(timerTable, keyOf(kind, subject), condition);
}

/** Timers as work: whoever carries one out takes it away, together with its effect. */
export const timerSource: DueSource<Timer> = {
  table: timerTable,
  describe: ({ kind, subject }) => ({ name: kind, subject }),
};

/** The write that puts something among the dead letters which was tried once, and not by a timer. */
export function giveUp(
  { kind, subject, details }: Pick<Timer, 'kind' | 'subject'> & Required<Pick<Timer, 'details'>>,
  error: unknown,
  now: number,
): Write {
  const timer: Timer = { kind, subject, details, dueAt: now, attempts: 0 };
  return deadLetter(timerSource, keyOf(kind, subject), timer, { attempts: 1, error, now });
}

/** The write that takes it away again; no error when there is none. */
export function takeBack(kind: Timer['kind'], subject: string): Write {
  return remove(deadLetterTable, deadLetterId(timerSource, keyOf(kind, subject)));
}
