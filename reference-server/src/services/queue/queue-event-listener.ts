import type { DomainEvent } from '../../events/index.ts';
import type { Queue } from '../../queue/index.ts';

/** How long a reservation is taken for a hold that does not say, in milliseconds: the platform's hold. */
const DEFAULT_HOLD_MS = 60_000;

/**
 * Keeps buyers active while they hold seats, and lets the next ones in when they no longer do. Events may come
 * in any order and any number of times.
 */
export function queueEventListener(
  queue: Pick<Queue, 'reservationOpen' | 'reservationOver'>,
): (event: DomainEvent) => Promise<void> {
  return async (event) => {
    const { name, eventId, reservationId, userId = '', at } = event;
    if (reservationId === undefined) {
      return;
    }
    switch (name) {
      case 'reservation.created':
      case 'reservation.extended':
        await queue.reservationOpen({
          eventId,
          buyerId: userId,
          reservationId,
          tokenId: event.reservationTokenId,
          at,
          holdExpiresAt: event.holdExpiresAt ?? at + DEFAULT_HOLD_MS,
        });
        break;
      case 'reservation.confirmed':
      case 'reservation.cancelled':
      case 'reservation.expired':
        await queue.reservationOver(eventId, reservationId);
        break;
      default:
        break;
    }
  };
}
