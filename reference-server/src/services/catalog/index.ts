export { catalogService } from './catalog-service.ts';
export { eventTable } from './event-record.ts';
export { queueEventOf } from './queue-event-of.ts';
