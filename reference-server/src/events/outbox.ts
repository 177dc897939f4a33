import { put, remove, type Store, table, type Write } from '../store/index.ts';
import type { DomainEvent } from './domain-event.ts';

/** An event on its way out. */
export interface OutboxEntry {
  readonly event: DomainEvent;
  /** Deliveries tried so far. */
  readonly attempts: number;
  /** Epoch milliseconds of the next try. */
  readonly dueAt: number;
}

/** Events that were written with the state they describe and have not been delivered to everybody yet. */
export const outboxTable = table<OutboxEntry, 'due'>('outbox', {
  due: (entry) => ({ partition: 'all', sort: entry.dueAt }),
});

/** The write that sends an event: it belongs into the transaction of the change that the event tells of. */
export function emit(event: DomainEvent): Write {
  return put(outboxTable, event.id, { event, attempts: 0, dueAt: event.at }, { if: 'absent' });
}

/** Handles an event. It may come more than once: handling it again must change nothing. */
export type EventHandler = (event: DomainEvent) => Promise<void>;

/** Takes events from the outbox and hands them to the handlers until all of them have succeeded. */
export interface OutboxPump {
  /** Delivers what is due. @returns how many entries were looked at. */
  deliverDue(limit: number): Promise<number>;
}

/** Bound of the pause between two deliveries of one event. */
const MAX_PAUSE_MS = 60_000;

/**
 * A pump over the outbox of a store. An event whose handler fails is tried again after a pause that doubles
 * from 200 ms to one minute; it is never dropped.
 */
export function outboxPump(options: {
  readonly store: Store;
  readonly handlers: readonly EventHandler[];
  readonly clock: () => number;
  readonly onFailure: (event: DomainEvent, attempts: number, error: unknown) => void;
}): OutboxPump {
  const { store, handlers, clock, onFailure } = options;
  return {
    async deliverDue(limit) {
      const page = await store.query(outboxTable, 'due', { partition: 'all', to: clock(), limit });
      await Promise.all(
        page.items.map(async ({ key, value, version }) => {
          try {
            await Promise.all(handlers.map((handle) => handle(value.event)));
            await store.transact([remove(outboxTable, key)]);
          } catch (error) {
            const attempts = value.attempts + 1;
            onFailure(value.event, attempts, error);
            const dueAt = clock() + Math.min(MAX_PAUSE_MS, 100 * 2 ** Math.min(attempts, 20));
            await store
              .transact([put(outboxTable, key, { ...value, attempts, dueAt }, { if: { version } })])
              .catch(() => undefined);
          }
        }),
      );
      return page.items.length;
    },
  };
}
