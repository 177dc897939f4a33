export { ConditionFailed, type FailedWrite } from './condition-failed.ts';
export { InvalidCursor } from './invalid-cursor.ts';
export { limits } from './limits.ts';
export type { Item, Page, Query, Store } from './store.ts';
export { StoreUnavailable } from './store-unavailable.ts';
export { type IndexEntry, type IndexOf, type Json, type Table, table } from './table.ts';
export { timeOrderedHex } from './time-ordered-hex.ts';
export { type Condition, check, type PutOptions, put, remove, type Write } from './write.ts';
