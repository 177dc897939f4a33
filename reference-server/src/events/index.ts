export type { DomainEvent, DomainEventName } from './domain-event.ts';
export {
  type EventHandler,
  emit,
  type OutboxEntry,
  type OutboxPump,
  outboxPump,
  outboxTable,
} from './outbox.ts';
