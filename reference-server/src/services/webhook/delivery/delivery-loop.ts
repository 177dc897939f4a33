import type { Logger } from 'pino';
import {
  type Attempt,
  begun,
  brokenOff,
  type Delivery,
  ended,
  type RetrySchedule,
} from '../../../domain/webhook/index.ts';
import { ConditionFailed, type Item, put, remove, type Store } from '../../../store/index.ts';
import { DEAD_WEBHOOK_KEPT_MS } from '../../shared/kept.ts';
import { deliveryTable, destinationTable } from '../tables.ts';
import { type SlotLimits, slots } from './slots.ts';

/** Takes deliveries that are due and makes them. */
export interface DeliveryLoop {
  start(): void;
  /** Begins no more and breaks off what runs, which is tried again after the next start. */
  stop(): Promise<void>;
}

/** Makes one try. @throws whatever keeps it from being made, which is nobody's failure. */
export type Send = (delivery: Delivery, signal: AbortSignal) => Promise<Attempt>;

/** Milliseconds between two looks when nothing is waiting. */
const IDLE_MS = 50;

/** Receivers looked at in one turn. */
const BATCH = 200;

/** Milliseconds that a try may take beyond the longest time of its request, before it is taken for lost. */
const LEASE_MS = 60_000;

/** Milliseconds for which a delivery is remembered that was made, or was given up and can be replayed. */
const KEPT_MS = { DELIVERED: 24 * 60 * 60 * 1000, DEAD: DEAD_WEBHOOK_KEPT_MS } as const;

/** A loop over the deliveries of a store. Several processes may run one each: a try is made by one of them. */
export function deliveryLoop(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly random: () => number;
  readonly send: Send;
  readonly schedule: RetrySchedule;
  readonly limits: SlotLimits;
  readonly logger: Logger;
  /** Told of every try that has ended. */
  readonly onAttempt: (state: Delivery['state'], attempt: Attempt) => void;
}): DeliveryLoop {
  const { store, clock, random, send, schedule, limits, logger, onAttempt } = options;
  const room = slots(limits);
  const stopping = new AbortController();
  const tries = new Set<Promise<void>>();
  /** Deliveries that are being tried. */
  const inFlight = new Set<string>();
  /** Receivers for whom nothing is due before a time, as long as nothing new comes. */
  const quiet = new Map<string, { readonly version: number; readonly until: number }>();
  let cursor: string | undefined;
  let running: Promise<void> | undefined;

  /** Writes what came of a try, unless the delivery is not what it was when the try began. */
  const write = async (former: Item<Delivery>, next: Delivery, version: number): Promise<void> => {
    const kept = next.state === 'WAITING' ? {} : { expiresAt: clock() + KEPT_MS[next.state] };
    await store.transact([put(deliveryTable, former.key, next, { if: { version }, ...kept })]);
  };

  const attempt = async (item: Item<Delivery>): Promise<void> => {
    const { destination } = item.value;
    let result: Attempt | undefined;
    try {
      const current = begun(item.value, clock() + LEASE_MS);
      const { version } = await store.transact([
        put(deliveryTable, item.key, current, { if: { version: item.version } }),
      ]);
      result = await send(current, stopping.signal);
      if (stopping.signal.aborted && result.kind === 'failed') {
        await write(item, brokenOff(current, clock()), version);
        return;
      }
      const next = ended(current, result, clock(), schedule, random());
      await write(item, next, version);
      onAttempt(next.state, result);
      if (result.kind === 'failed') {
        const { id, name, attempts, state } = next;
        // The path of an address may be a secret.
        logger.warn(
          { webhook_id: id, event: name, destination, attempts, state, reason: result.reason },
          state === 'DEAD' ? 'a webhook was given up' : 'a webhook was not delivered',
        );
      }
    } catch (error) {
      // Another process was faster, or the delivery was begun anew: whoever did that goes on with it.
      if (!(error instanceof ConditionFailed)) {
        logger.error({ err: error, destination }, 'a webhook could not be tried');
      }
    } finally {
      room.give(destination, result?.kind);
      inFlight.delete(item.key);
      quiet.delete(destination);
    }
  };

  const look = async ({ key: destination, version }: Item<unknown>): Promise<number> => {
    const known = quiet.get(destination);
    if (known !== undefined && known.version === version && known.until > clock()) {
      return 0;
    }
    const free = room.free(destination);
    if (free <= 0) {
      return 0;
    }
    const { items } = await store.query(deliveryTable, 'due', {
      partition: destination,
      limit: free,
    });
    const due = items.filter(({ value }) => value.dueAt <= clock());
    const idle = due.filter(({ key }) => !inFlight.has(key));
    const [next] = items;
    if (next === undefined) {
      room.forget(destination);
      quiet.delete(destination);
      // Fails where something has come meanwhile, and that is as it should be.
      await store.transact([remove(destinationTable, destination, { version })]).catch(() => undefined);
    } else if (due.length === 0) {
      quiet.set(destination, { version, until: next.value.dueAt });
    }
    let started = 0;
    for (const item of idle) {
      if (room.free(destination) <= 0 || stopping.signal.aborted) {
        break;
      }
      room.take(destination);
      inFlight.add(item.key);
      started++;
      const made = attempt(item).finally(() => tries.delete(made));
      tries.add(made);
    }
    return started;
  };

  const turn = async (): Promise<number> => {
    const page = await store.query(destinationTable, 'all', {
      partition: 'all',
      limit: BATCH,
      ...(cursor !== undefined && { cursor }),
    });
    cursor = page.cursor;
    // Whoever is first gets the last free slots: not always the same ones.
    const first = Math.floor(random() * page.items.length);
    const receivers = [...page.items.slice(first), ...page.items.slice(0, first)];
    const started = await Promise.all(receivers.map(look));
    return started.reduce((sum, count) => sum + count, 0);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      let started = 0;
      try {
        started = await turn();
      } catch (error) {
        logger.error({ err: error }, 'what webhooks are due could not be read');
        cursor = undefined;
      }
      if (started === 0 && cursor === undefined && !stopping.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      }
    }
  };

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
      await Promise.allSettled(tries);
    },
  };
}
