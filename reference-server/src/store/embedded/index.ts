export { type Backup, backUp, integrityComplaints } from './back-up.ts';
export type { IndexProgress } from './fill-indexes.ts';
export { FORMAT } from './format.ts';
export { type EmbeddedStoreOptions, openEmbeddedStore } from './open-embedded-store.ts';
export { type FolderReader, openReader } from './open-reader.ts';
export { DATABASE_FILE, ownerOf } from './owner.ts';
export { restore } from './restore.ts';
