import { refuse } from '@traffic-tacos/server';
import { put, type Store, type Write } from '../../store/index.ts';
import { NAMED_ADDRESS_KEPT_MS } from '../shared/kept.ts';
import { deliveryTable, namedAddressTable } from './tables.ts';

/** Receivers, by scheme, host and port, that one buyer may name within a day. */
export const MAX_NAMED = 10;

/** Notices to addresses that one buyer has named, that may wait before the buyer names another. */
export const MAX_WAITING = 100;

/** Milliseconds after which it is written anew that a receiver was named. */
const RENEWED_MS = 60 * 60 * 1000;

/**
 * The writes that keep which receivers a buyer has named, for the transaction that has the address used; none where
 * that is known.
 *
 * @throws CallFailure QUOTA_EXCEEDED where there are too many of them, or too many notices wait for them.
 */
export async function namedAddress(
  store: Store,
  userId: string,
  url: string,
  now: number,
): Promise<readonly Write[]> {
  const key = `buyer/${userId}`;
  const { origin } = new URL(url);
  const [known, waiting] = await Promise.all([
    store.get(namedAddressTable, key),
    store.query(deliveryTable, 'named', { partition: key, limit: MAX_WAITING }),
  ]);
  if (waiting.items.length >= MAX_WAITING) {
    throw tooMany(
      `${MAX_WAITING} webhooks wait for the receivers that this buyer has named; name one when they have answered`,
      'TOO_MANY_WAITING',
      MAX_WAITING,
    );
  }
  const lately = Object.entries(known?.value.origins ?? {}).filter(
    ([, namedAt]) => namedAt > now - NAMED_ADDRESS_KEPT_MS,
  );
  const origins = Object.fromEntries(lately);
  const namedAt = origins[origin];
  if (namedAt === undefined && lately.length >= MAX_NAMED) {
    throw tooMany(
      `this buyer has named ${MAX_NAMED} receivers of webhooks within a day; use one of them`,
      'TOO_MANY_RECEIVERS',
      MAX_NAMED,
    );
  }
  if (namedAt !== undefined && now - namedAt < RENEWED_MS) {
    return [];
  }
  return [
    put(
      namedAddressTable,
      key,
      { origins: { ...origins, [origin]: now } },
      {
        if: known === undefined ? 'absent' : { version: known.version },
        expiresAt: now + NAMED_ADDRESS_KEPT_MS,
      },
    ),
  ];
}

function tooMany(message: string, reason: string, limit: number) {
  return refuse('QUOTA_EXCEEDED', message, [{ field: 'webhook_url', reason, value: String(limit) }]);
}
