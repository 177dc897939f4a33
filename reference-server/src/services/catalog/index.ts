export { catalogService } from './catalog-service.ts';
export { eventPartTable } from './event-parts.ts';
export { eventTable } from './event-record.ts';
export { queueEventOf } from './queue-event-of.ts';
export { tidyEvent } from './tidy-event.ts';
