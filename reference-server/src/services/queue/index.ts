export { queueEventListener } from './queue-event-listener.ts';
export { isOver, type QueueEvent, queueEvents, rulesOf } from './queue-events.ts';
export { type QueueServiceDeps, queueService, queueServiceOptions } from './queue-service.ts';
export { notOnSale, unknownToken } from './refusals.ts';
