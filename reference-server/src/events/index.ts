export type { DomainEvent, DomainEventName } from './domain-event.ts';
export {
  type Delivery,
  deliver,
  type EventHandler,
  emit,
  type OutboxEntry,
  outboxSource,
  outboxTable,
} from './outbox.ts';
export { type TakeAway, takingAway } from './removals.ts';
