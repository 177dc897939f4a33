import type { DomainEvent, EventHandler } from '../../events/index.ts';
import { ConditionFailed, type Store } from '../../store/index.ts';
import { derivedId } from '../shared/new-id.ts';
import { enqueue } from './delivery/enqueue.ts';
import type { RegisteredEvent } from './registration.ts';
import { registrationsIn } from './registrations.ts';

/**
 * Puts an event on its way to everybody who has registered for it. An event that comes again is put on its way once,
 * as long as the delivery is remembered.
 */
export function webhookEventListener(options: {
  readonly store: Store;
  readonly clock: () => number;
  /** Deliveries after the first one failed, where the registration does not say. */
  readonly retries: number;
}): EventHandler {
  const { store, clock, retries } = options;
  const registrationsFor = registrationsIn(store);
  return async (event) => {
    const wanted = EVENTS[event.name];
    if (wanted === undefined) {
      return;
    }
    for (const { id, url, retries: own = retries } of await registrationsFor(wanted)) {
      const delivery = {
        id: derivedId('msg', id, event.id),
        registrationId: id,
        url,
        name: event.name,
        content: contentOf(event),
        maxAttempts: 1 + own,
      };
      await store.transact(enqueue(delivery, clock())).catch(ignoreKnown);
    }
  };
}

const EVENTS: Readonly<Partial<Record<DomainEvent['name'], RegisteredEvent>>> = {
  'payment.approved': 'payment_approved',
  'payment.failed': 'payment_failed',
  'payment.cancelled': 'payment_cancelled',
  'payment.refunded': 'payment_cancelled',
  'reservation.expired': 'reservation_expired',
  'maintenance.began': 'system_maintenance',
  'maintenance.ended': 'system_maintenance',
};

/** The body: the form that Standard Webhooks proposes. */
function contentOf({ name, at, eventId, userId, reservationId, paymentIntentId, id }: DomainEvent): string {
  return JSON.stringify({
    type: name,
    timestamp: new Date(at).toISOString(),
    data: { id, eventId: eventId || undefined, userId, reservationId, paymentIntentId },
  });
}

function ignoreKnown(error: unknown): void {
  if (!(error instanceof ConditionFailed)) {
    throw error;
  }
}
