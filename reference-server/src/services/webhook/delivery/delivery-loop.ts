import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  type Attempt,
  type Delivery,
  type RetrySchedule,
  STANDINGS,
  type Standing,
} from '../../../domain/webhook/index.ts';
import { type Item, put, remove, type Store } from '../../../store/index.ts';
import type { Alarms } from '../../shared/alarms.ts';
import { waker as wakerOf } from '../../shared/waker.ts';
import { type Destination, deliveryTable, destinationTable, receiverTable } from '../tables.ts';
import { type SlotLimits, slots } from './slots.ts';
import { standingOf } from './standing.ts';
import { makeTries, type Send } from './tries.ts';

/** Takes deliveries that are due and makes them. */
export interface DeliveryLoop {
  start(): void;
  /** Begins no more and breaks off what runs, which is tried again after the next start. */
  stop(): Promise<void>;
  /** Told of every receiver that was written: with it something may have come that is due. */
  offer(destination: Destination): void;
}

/** Milliseconds between two looks for what nobody in this process has told of. */
const LOOK_MS = 1_000;

/** Milliseconds to wait when the store does not do what it should. */
const TROUBLE_MS = 1_000;

/** Receivers with something new that are looked at in one turn. */
const BATCH = 200;

/**
 * A loop over the deliveries of a store. It reads receivers in the order in which something is due for them, and only
 * as many as there is room for: those that wait cost nothing. Several processes may run one each: a try is made by one
 * of them.
 */
export function deliveryLoop(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly alarms: Alarms;
  readonly random: () => number;
  readonly send: Send;
  readonly schedule: RetrySchedule;
  readonly limits: SlotLimits;
  readonly logger: Logger;
  /** Told of every try that has ended. */
  readonly onAttempt: (state: Delivery['state'], attempt: Attempt) => void;
}): DeliveryLoop {
  const { store, clock, alarms, limits, logger } = options;
  const room = slots(limits);
  const stopping = new AbortController();
  const waker = wakerOf(alarms, stopping.signal);
  /** Receivers that are tried, as they were looked at, and when there may be more to begin for them. */
  const busy = new Map<string, { readonly version: number; readonly until: number }>();
  /** Receivers with a try that has ended since the last look at them. */
  let ended = new Set<string>();
  let isWell = true;
  let running: Promise<void> | undefined;

  const tries = makeTries({
    ...options,
    room,
    signal: stopping.signal,
    onEnd(destination, wasMade) {
      isWell &&= wasMade;
      busy.delete(destination);
      ended.add(destination);
      waker.wake();
    },
  });

  /** Writes when something is due for a receiver of which nothing is tried, unless something has come meanwhile. */
  const settle = async (
    { key, value, version }: Item<Destination>,
    next: Item<Delivery> | undefined,
    standing: Standing,
  ): Promise<boolean> => {
    const unless = { if: { version } };
    const settled = next && { destination: key, dueAt: next.value.dueAt, standing };
    if (settled !== undefined && settled.dueAt === value.dueAt && settled.standing === value.standing) {
      return false;
    }
    const write = settled
      ? put(destinationTable, key, settled, unless)
      : remove(destinationTable, key, unless.if);
    return store.transact([write]).then(
      () => true,
      () => false,
    );
  };

  /** Begins what is due for a receiver, as far as there is room. @returns whether anything is other than before. */
  const look = async (item: Item<Destination>): Promise<boolean> => {
    const { key: destination, version } = item;
    const known = busy.get(destination);
    if (known !== undefined && known.version === version && known.until > clock()) {
      return false;
    }
    const [receiver, { items }] = await Promise.all([
      store.get(receiverTable, destination),
      store.query(deliveryTable, 'due', {
        partition: destination,
        limit: limits.perDestination + room.of(destination),
      }),
    ]);
    if (stopping.signal.aborted) {
      return false;
    }
    const now = clock();
    const standing = standingOf(receiver, items);
    const idle = items.filter(({ key }) => !tries.has(key));
    const due = idle.filter(({ value }) => value.dueAt <= now);
    const begun = due.slice(0, room.free(destination, standing));
    for (const delivery of begun) {
      tries.begin(delivery, receiver, standing);
    }
    if (room.of(destination) === 0) {
      return settle(item, items[0], standing);
    }
    const later = room.free(destination, standing) > 0 ? idle[due.length]?.value.dueAt : undefined;
    busy.set(destination, { version, until: later ?? Number.POSITIVE_INFINITY });
    return begun.length > 0;
  };

  const read = async (
    partition: Standing | 'announced',
    limit: number,
  ): Promise<readonly Item<Destination>[]> =>
    (await store.query(destinationTable, 'due', { partition, limit })).items;

  /** Those that have waited for room come before those that have just come. */
  const turn = async (): Promise<{ readonly hasMoved: boolean; readonly nextAt: number }> => {
    const over = [...ended];
    ended = new Set();
    const [announced, after, waiting] = await Promise.all([
      read('announced', BATCH + room.running),
      over.length === 0 ? [] : store.getMany(destinationTable, over),
      // Beside those that there is room for: those that are being tried, and the one that is next.
      Promise.all(
        STANDINGS.map((standing) =>
          room.left(standing) === 0 ? [] : read(standing, room.left(standing) + room.running + 1),
        ),
      ),
    ]);
    const now = clock();
    const isDue = ({ value }: Item<Destination>): boolean => (value.dueAt ?? 0) <= now;
    const groups = [
      ...waiting.map((items) => items.filter(isDue)),
      after.flatMap((item) => item ?? []),
      announced,
    ];
    let hasMoved = false;
    for (const group of groups) {
      const moved = await Promise.all(group.map(look));
      hasMoved ||= moved.includes(true);
    }
    const next = waiting.map((items) => items.find((item) => !isDue(item))?.value.dueAt);
    const times = [...next, ...[...busy.values()].map(({ until }) => until)];
    return { hasMoved, nextAt: Math.min(...times.filter((time) => time !== undefined), now + LOOK_MS) };
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const { hasMoved, nextAt } = await turn();
        if (!hasMoved) {
          await waker.sleep(nextAt);
        }
      } catch (error) {
        isWell = false;
        logger.error({ err: error }, 'what webhooks are due could not be read');
      }
      if (!isWell && !stopping.signal.aborted) {
        isWell = true;
        await pause(TROUBLE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
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
      await tries.settled();
    },
    offer({ standing }) {
      // With one it was written after a look.
      if (standing === undefined) {
        waker.wake();
      }
    },
  };
}
