import type { Logger } from 'pino';
import {
  type Attempt,
  begun,
  brokenOff,
  type Delivery,
  ended,
  type RetrySchedule,
  type Standing,
} from '../../../domain/webhook/index.ts';
import { ConditionFailed, type Item, put, type Store } from '../../../store/index.ts';
import { DEAD_WEBHOOK_KEPT_MS } from '../../shared/kept.ts';
import { deliveryTable, type Receiver } from '../tables.ts';
import type { Slots } from './slots.ts';
import { learned } from './standing.ts';

/** Makes one try. @throws whatever keeps it from being made, which is nobody's failure. */
export type Send = (delivery: Delivery, signal: AbortSignal) => Promise<Attempt>;

/** What is tried at this moment. */
export interface Tries {
  /** Begins one, in a slot of its own. */
  begin(item: Item<Delivery>, receiver: Item<Receiver> | undefined, standing: Standing): void;
  /** Whether a delivery is being tried. */
  has(id: string): boolean;
  /** Waits for those that run. */
  settled(): Promise<void>;
}

/** Milliseconds that a try may take beyond the longest time of its request, before it is taken for lost. */
const LEASE_MS = 60_000;

/** Milliseconds for which a delivery is remembered that was made, or was given up and can be replayed. */
const KEPT_MS = { DELIVERED: 24 * 60 * 60 * 1000, DEAD: DEAD_WEBHOOK_KEPT_MS } as const;

/** Makes tries, and writes down what comes of them. */
export function makeTries(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly random: () => number;
  readonly send: Send;
  readonly schedule: RetrySchedule;
  readonly room: Slots;
  readonly logger: Logger;
  /** Breaks off what runs. */
  readonly signal: AbortSignal;
  readonly onAttempt: (state: Delivery['state'], attempt: Attempt) => void;
  /** Told when one is over. @param isWell - `false` when it could not be made or written down */
  readonly onEnd: (destination: string, isWell: boolean) => void;
}): Tries {
  const { store, clock, random, send, schedule, room, logger, signal, onAttempt, onEnd } = options;
  const running = new Map<string, Promise<void>>();

  const attempt = async (item: Item<Delivery>, receiver: Item<Receiver> | undefined): Promise<void> => {
    const { destination } = item.value;
    const current = begun(item.value, clock() + LEASE_MS);
    const { version } = await store.transact([
      put(deliveryTable, item.key, current, { if: { version: item.version } }),
    ]);
    const result = await send(current, signal);
    const now = clock();
    if (signal.aborted && result.kind === 'failed') {
      await store.transact([put(deliveryTable, item.key, brokenOff(current, now), { if: { version } })]);
      return;
    }
    const next = ended(current, result, now, schedule, random());
    const kept = next.state === 'WAITING' ? {} : { expiresAt: now + KEPT_MS[next.state] };
    await store.transact([
      put(deliveryTable, item.key, next, { if: { version }, ...kept }),
      ...learned(destination, receiver, result, now),
    ]);
    onAttempt(next.state, result);
    if (result.kind === 'failed') {
      const { id, name, attempts, state } = next;
      // The path of an address may be a secret.
      logger.warn(
        { webhook_id: id, event: name, destination, attempts, state, reason: result.reason },
        state === 'DEAD' ? 'a webhook was given up' : 'a webhook was not delivered',
      );
    }
  };

  const made = async (
    item: Item<Delivery>,
    receiver: Item<Receiver> | undefined,
    standing: Standing,
  ): Promise<void> => {
    const { destination } = item.value;
    let isWell = true;
    try {
      await attempt(item, receiver);
    } catch (error) {
      // Another process was faster, or the delivery was begun anew: whoever did that goes on with it.
      if (!(error instanceof ConditionFailed)) {
        isWell = false;
        logger.error({ err: error, destination }, 'a webhook could not be tried');
      }
    } finally {
      room.give(destination, standing);
      running.delete(item.key);
      onEnd(destination, isWell);
    }
  };

  return {
    begin(item, receiver, standing) {
      room.take(item.value.destination, standing);
      running.set(item.key, made(item, receiver, standing));
    },
    has: (id) => running.has(id),
    async settled() {
      await Promise.allSettled(running.values());
    },
  };
}
