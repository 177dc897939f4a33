export type { IndexProgress } from './fill-indexes.ts';
export { type EmbeddedStoreOptions, openEmbeddedStore } from './open-embedded-store.ts';
