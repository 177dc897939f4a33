import type { EventInit } from './sale.ts';
import type { Served } from './serve.ts';

/** Changes the fields of a sale's event that are named. */
export function update({ catalog, eventId }: Served, event: EventInit, ...paths: string[]) {
  return catalog.updateEvent({ event: { ...event, id: eventId }, updateMask: { paths } });
}

/** Reserves seats by name. */
export const reserve = ({ reservations, eventId }: Served, userId: string, ...seatIds: string[]) =>
  reservations.createReservation({ eventId, userId, seatIds });
