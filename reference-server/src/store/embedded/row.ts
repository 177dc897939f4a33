import type { Place } from './place.ts';

/** What the worker knows of an item without its value: the state that conditions are decided on. */
export interface Row {
  readonly key: string;
  /** Row id in the SQL table; 0 when there is none. */
  id: number;
  /** 0 when the item does not exist. */
  version: number;
  /** `Infinity` when it stays. */
  expiresAt: number;
  place: Place;
  /** Whether the commit that is being formed has to write it. */
  dirty: boolean;
  /** The value to write; `undefined` deletes the row. */
  json: string | undefined;
  /** Which columns besides value and version to write: {@link EXPIRY} and those of {@link placeBit}. */
  changed: number;
}

/** `expires_at` has changed. */
export const EXPIRY = 1;

/** The place in an index has changed. */
export const placeBit = (index: number): number => 2 << index;

/** The row of an item that does not exist. */
export function absentRow(key: string, place: Place): Row {
  return {
    key,
    id: 0,
    version: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    place,
    dirty: false,
    json: undefined,
    changed: 0,
  };
}
