export { type EmbeddedQueue, type EmbeddedQueueOptions, openEmbeddedQueue } from './embedded-queue.ts';
export { lineTable, placeTable } from './tables.ts';
