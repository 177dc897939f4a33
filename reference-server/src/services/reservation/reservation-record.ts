import { refuse } from '@traffic-tacos/server';
import type { Reservation } from '../../domain/reservation/reservation.ts';
import type { Refusal } from '../../domain/reservation/transitions.ts';
import type { DomainEvent, DomainEventName } from '../../events/index.ts';
import { type Condition, type Item, put, type Store, type Write } from '../../store/index.ts';
import { UNSOLD_KEPT_MS } from '../shared/kept.ts';
import { reservationTable } from './tables.ts';

/**
 * A reservation.
 *
 * @param visible Whether the caller may know of it; one that the caller may not know of does not exist.
 * @throws CallFailure NOT_FOUND.
 */
export async function reservationOf(
  store: Store,
  id: string,
  visible: (ownerId: string) => boolean,
): Promise<Item<Reservation>> {
  const item = await store.get(reservationTable, id);
  if (item === undefined || !visible(item.value.userId)) {
    throw refuse('NOT_FOUND', `there is no reservation "${id}"`, [
      { field: 'reservation_id', reason: 'RESERVATION_NOT_FOUND', value: id },
    ]);
  }
  return item;
}

/** The write of a reservation that has ended without a sale. It is kept for its buyer to look up, and then goes. */
export function putUnsold(reservation: Reservation, condition: Condition): Write {
  return put(reservationTable, reservation.id, reservation, {
    if: condition,
    expiresAt: reservation.updatedAt + UNSOLD_KEPT_MS,
  });
}

/** What has just happened to a reservation, for the outbox. */
export function reservationEvent(name: DomainEventName, reservation: Reservation, now: number): DomainEvent {
  return {
    id: `${reservation.id}/${reservation.eventSequence}`,
    name,
    at: now,
    eventId: reservation.eventId,
    userId: reservation.userId,
    reservationId: reservation.id,
    sequence: reservation.eventSequence,
    holdExpiresAt: reservation.holdExpiresAt,
    seatIds: reservation.seats.map(({ id }) => id),
    ...(reservation.orderId !== undefined && { orderId: reservation.orderId }),
    ...(reservation.paymentIntentId !== undefined && { paymentIntentId: reservation.paymentIntentId }),
  };
}

/** Why a reservation does not change, to be thrown. `answer`: fields of the answer that go with it. */
export function transitionRefused(reservation: Reservation, refusal: Refusal, answer: object): Error {
  const id = reservation.id;
  const detail = (reason: string) => [{ field: 'reservation_id', reason, value: id }];
  switch (refusal) {
    case 'EXPIRED':
      return refuse(
        'RESERVATION_EXPIRED',
        `the hold of reservation "${id}" lapsed at ${new Date(reservation.holdExpiresAt).toISOString()}`,
        detail('RESERVATION_EXPIRED'),
        { answer },
      );
    case 'ALREADY_CONFIRMED':
      return refuse(
        'FAILED_PRECONDITION',
        `reservation "${id}" is confirmed by another payment already`,
        detail('RESERVATION_ALREADY_CONFIRMED'),
        { answer },
      );
    case 'CANNOT_CANCEL': {
      const confirmed = reservation.state === 'CONFIRMED';
      return refuse(
        'FAILED_PRECONDITION',
        confirmed
          ? `reservation "${id}" is confirmed; it is given back by cancelling its payment`
          : `reservation "${id}" is ${reservation.state.toLowerCase()} and cannot be cancelled`,
        detail(confirmed ? 'RESERVATION_ALREADY_CONFIRMED' : `RESERVATION_${reservation.state}`),
        { answer },
      );
    }
    case 'EXTENSION_USED_UP':
      return refuse(
        'FAILED_PRECONDITION',
        `the hold of reservation "${id}" has been prolonged by ${reservation.extendedSeconds} s already, which is all it may be`,
        detail('EXTENSION_USED_UP'),
        { answer },
      );
    case 'NOT_A_HOLD':
    case 'NOT_CONFIRMED':
      return refuse(
        'FAILED_PRECONDITION',
        `reservation "${id}" is ${reservation.state.toLowerCase()}`,
        detail(`RESERVATION_${reservation.state}`),
        { answer },
      );
  }
}
