import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import type { PaymentDeps } from './deps.ts';

/**
 * Refuses to take money for an event that its organiser has called off.
 *
 * @param field - the request's field that led to the event, and its value
 * @throws CallFailure FAILED_PRECONDITION
 */
export async function refuseCalledOff(
  { events }: Pick<PaymentDeps, 'events'>,
  eventId: string,
  field: string,
  value: string,
): Promise<void> {
  const { status } = await events.get(eventId);
  if (status === SaleStatus.CANCELLED) {
    throw refuse('FAILED_PRECONDITION', `event "${eventId}" was called off; nothing was paid`, [
      { field, reason: 'EVENT_CANCELLED', value },
    ]);
  }
}
