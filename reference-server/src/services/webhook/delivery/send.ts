import type { Delivery } from '../../../domain/webhook/index.ts';
import type { Store } from '../../../store/index.ts';
import { registrationTable } from '../tables.ts';
import { attemptOf } from './attempt.ts';
import { eventMessage, type Message, paymentMessage } from './message.ts';
import type { Poster } from './post.ts';
import type { Send } from './tries.ts';

/** Sends deliveries as their registrations want it by now: with their secrets, headers and patience. */
export function sender(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly poster: Poster;
  /** Secrets of notices of payments, newest first. */
  readonly paymentSecrets: readonly string[];
  /** Milliseconds a receiver has to answer, where its registration does not say. */
  readonly timeoutMs: number;
}): Send {
  const { store, clock, poster, paymentSecrets } = options;

  const prepare = async (
    delivery: Delivery,
    now: number,
  ): Promise<{ readonly message: Message; readonly timeoutMs: number } | undefined> => {
    const { registrationId } = delivery;
    if (registrationId === undefined) {
      return { message: paymentMessage(delivery, paymentSecrets, now), timeoutMs: options.timeoutMs };
    }
    const registration = (await store.get(registrationTable, registrationId))?.value;
    return (
      registration && {
        message: eventMessage(delivery, registration, now),
        timeoutMs: registration.timeoutMs ?? options.timeoutMs,
      }
    );
  };

  return async (delivery, signal) => {
    const prepared = await prepare(delivery, clock());
    if (prepared === undefined) {
      return { kind: 'failed', reason: 'nobody is registered any more', isFinal: true };
    }
    const { message, timeoutMs } = prepared;
    return attemptOf(await poster.post({ url: delivery.url, ...message, timeoutMs, signal }), clock());
  };
}
