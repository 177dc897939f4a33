import type { Reservation } from '../../domain/reservation/reservation.ts';
import { table } from '../../store/index.ts';

/** Reservations by id, listed by user, newest last. */
export const reservationTable = table<Reservation, 'by_user'>('reservation', {
  by_user: (reservation) => ({ partition: reservation.userId, sort: reservation.createdAt }),
});

/** Reservation tokens that have been spent, by token id, until nobody could present them any more. */
export const spentTokenTable = table<{ readonly reservationId: string }>('spent_token', undefined, {
  shortLived: true,
});
