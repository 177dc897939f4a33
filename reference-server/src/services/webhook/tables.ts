import type { Delivery, Standing } from '../../domain/webhook/index.ts';
import { table } from '../../store/index.ts';
import type { Registration } from './registration.ts';

/** Registered webhooks by id; indexed by what they want to be told of. */
export const registrationTable = table<
  Registration,
  'payment_approved' | 'payment_failed' | 'payment_cancelled' | 'reservation_expired' | 'system_maintenance'
>('webhook', {
  payment_approved: ({ events, registeredAt }) =>
    events.includes('payment_approved') ? { partition: 'all', sort: registeredAt } : undefined,
  payment_failed: ({ events, registeredAt }) =>
    events.includes('payment_failed') ? { partition: 'all', sort: registeredAt } : undefined,
  payment_cancelled: ({ events, registeredAt }) =>
    events.includes('payment_cancelled') ? { partition: 'all', sort: registeredAt } : undefined,
  reservation_expired: ({ events, registeredAt }) =>
    events.includes('reservation_expired') ? { partition: 'all', sort: registeredAt } : undefined,
  system_maintenance: ({ events, registeredAt }) =>
    events.includes('system_maintenance') ? { partition: 'all', sort: registeredAt } : undefined,
});

/**
 * Deliveries by `webhook-id`: those that wait, by receiver and by the buyer who has named it, and those that were given
 * up.
 */
export const deliveryTable = table<Delivery, 'due' | 'dead' | 'named'>('webhook_delivery', {
  due: ({ state, destination, dueAt }) =>
    state === 'WAITING' ? { partition: destination, sort: dueAt } : undefined,
  dead: ({ state, endedAt }) => (state === 'DEAD' ? { partition: 'all', sort: endedAt ?? 0 } : undefined),
  named: ({ state, namedBy, createdAt }) =>
    state === 'WAITING' && namedBy !== undefined
      ? { partition: `buyer/${namedBy}`, sort: createdAt }
      : undefined,
});

/** A receiver for whom something may be waiting. */
export interface Destination {
  /** Scheme, host and port. */
  readonly destination: string;
  /** Nothing is due before; epoch milliseconds. */
  readonly dueAt?: number;
  /** As of the last look at what waits for it; none when something has come since. */
  readonly standing?: Standing;
}

/**
 * Receivers for whom something may be waiting, by scheme, host and port; indexed by when something is due, those with
 * something new apart from those of each standing.
 */
export const destinationTable = table<Destination, 'due'>('webhook_destination', {
  due: ({ standing, dueAt }) => ({ partition: standing ?? 'announced', sort: dueAt ?? 0 }),
});

/** What is known of a receiver. */
export interface Receiver {
  readonly standing: Exclude<Standing, 'unknown'>;
}

/** Receivers that have answered, by scheme, host and port. */
export const receiverTable = table<Receiver>('webhook_receiver');

/** Receivers that a buyer has named, each with when that was last; epoch milliseconds. */
export const namedAddressTable = table<{ readonly origins: Readonly<Record<string, number>> }>(
  'webhook_named_address',
);
