import type { IdempotencyStore, StoredAnswer } from '@traffic-tacos/server';
import { ConditionFailed, put, type Store, table, type Write } from './store/index.ts';

interface StoredRecord {
  readonly fingerprint: string;
  /** Base64. */
  readonly response: string;
}

/** Answers to idempotency keys, until they expire. */
export const idempotencyTable = table<StoredRecord>('idempotency', undefined, { shortLived: true });

/** Keeps answers to idempotency keys in a store, so that they join the transactions of the effects. */
export function storedIdempotency(store: Store): IdempotencyStore<Write> {
  return {
    async read(id): Promise<StoredAnswer | undefined> {
      const item = await store.get(idempotencyTable, id);
      return (
        item && {
          fingerprint: item.value.fingerprint,
          response: Buffer.from(item.value.response, 'base64'),
          expiresAt: item.expiresAt ?? Number.POSITIVE_INFINITY,
        }
      );
    },
    write: (id, { fingerprint, response, expiresAt }) =>
      put(
        idempotencyTable,
        id,
        {
          fingerprint,
          response: Buffer.from(response.buffer, response.byteOffset, response.byteLength).toString('base64'),
        },
        // An answer that has expired no longer exists.
        { if: 'absent', expiresAt },
      ),
    async commit(write) {
      try {
        await store.transact([write]);
        return true;
      } catch (error) {
        if (error instanceof ConditionFailed) {
          return false;
        }
        throw error;
      }
    },
  };
}
