import type { Table } from './table.ts';

/**
 * What must hold for a write: the item does not exist, exists, or still has the version that was read.
 * Without a condition the write always happens.
 */
export type Condition = 'absent' | 'present' | { readonly version: number };

/** Options of a put. */
export interface PutOptions {
  readonly if?: Condition;
  /** Epoch milliseconds from which on the item no longer exists. */
  readonly expiresAt?: number;
}

/** One conditional write of a transaction. */
export type Write =
  | {
      readonly kind: 'put';
      readonly table: Table<unknown>;
      readonly key: string;
      readonly value: unknown;
      readonly if?: Condition;
      readonly expiresAt?: number;
    }
  | { readonly kind: 'remove'; readonly table: Table<unknown>; readonly key: string; readonly if?: Condition }
  | { readonly kind: 'check'; readonly table: Table<unknown>; readonly key: string; readonly if: Condition };

/** Creates or replaces an item. */
export function put<T>(table: Table<T>, key: string, value: T, options: PutOptions = {}): Write {
  return { kind: 'put', table: table as Table<unknown>, key, value, ...options };
}

/** Removes an item; removing one that does not exist is no error unless a condition says so. */
export function remove<T>(table: Table<T>, key: string, condition?: Condition): Write {
  const write = { kind: 'remove' as const, table: table as Table<unknown>, key };
  return condition === undefined ? write : { ...write, if: condition };
}

/** Writes nothing, but the transaction fails unless the condition holds. */
export function check<T>(table: Table<T>, key: string, condition: Condition): Write {
  return { kind: 'check', table: table as Table<unknown>, key, if: condition };
}
