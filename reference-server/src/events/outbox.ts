import type { DueSource, DueWork } from '../deliveries/index.ts';
import { type Item, put, table, type Write } from '../store/index.ts';
import type { DomainEvent } from './domain-event.ts';

/** An event on its way out. */
export interface OutboxEntry extends DueWork {
  readonly event: DomainEvent;
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
export type EventHandler = (event: DomainEvent, delivery: Delivery) => Promise<void>;

/** One of the deliveries of an event. */
export interface Delivery {
  /** The same for all deliveries until an operator replays the event. */
  readonly correlationId: string;
  /** Earlier tries. */
  readonly attempts: number;
}

/** Events as work. */
export const outboxSource: DueSource<OutboxEntry> = {
  table: outboxTable,
  describe: ({ event }) => ({
    name: event.name,
    subject: event.reservationId ?? event.paymentIntentId ?? (event.eventId || event.id),
  }),
};

/** Hands an event to the handlers, and has it taken from the outbox once all of them have succeeded. */
export async function deliver(
  takeAway: (key: string) => Promise<void>,
  handlers: readonly EventHandler[],
  { key, value }: Item<OutboxEntry>,
): Promise<void> {
  const { event, attempts, replays = 0 } = value;
  const correlationId = replays === 0 ? event.id : `${event.id}/replay/${replays}`;
  await Promise.all(handlers.map((handle) => handle(event, { correlationId, attempts })));
  await takeAway(key);
}
