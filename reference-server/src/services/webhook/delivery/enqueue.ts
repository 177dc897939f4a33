import type { Delivery } from '../../../domain/webhook/index.ts';
import { put, type Write } from '../../../store/index.ts';
import { deliveryTable, destinationTable } from '../tables.ts';

/** What is to be delivered. */
export type NewDelivery = Pick<
  Delivery,
  'id' | 'registrationId' | 'namedBy' | 'url' | 'name' | 'content' | 'maxAttempts'
>;

/**
 * The writes that put a delivery on its way: they belong into the transaction of what it tells of. Without `again` the
 * transaction fails where the delivery is known already.
 */
export function enqueue(delivery: NewDelivery, now: number, { again = false } = {}): Write[] {
  const destination = new URL(delivery.url).origin;
  const waiting: Delivery = {
    ...delivery,
    destination,
    createdAt: now,
    state: 'WAITING',
    attempts: 0,
    dueAt: now,
  };
  return [
    put(deliveryTable, delivery.id, waiting, again ? {} : { if: 'absent' }),
    announce(destination, now),
  ];
}

/** The write that makes known that something waits for a receiver; its version tells that there is something new. */
export function announce(destination: string, now: number): Write {
  return put(destinationTable, destination, { destination, dueAt: now });
}
