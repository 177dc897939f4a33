export { queueEventListener } from './queue-event-listener.ts';
export type { QueueEvent } from './queue-events.ts';
export { type QueueServiceDeps, queueService } from './queue-service.ts';
