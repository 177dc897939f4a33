import { type SeatIndex, seatIndex } from '../domain/inventory/seat-index.ts';
import { eventOf } from '../services/catalog/event-record.ts';
import { layoutOf } from '../services/catalog/layout-of.ts';
import { readEvent } from '../services/catalog/read-event.ts';
import { wholePart } from '../services/inventory/area-parts.ts';
import type { AreaItem } from '../services/inventory/tables.ts';
import type { Store } from '../store/index.ts';

/** The seat id of a place of a shard; `undefined` where the event has no such place. */
export type NameOfPlace = (place: number) => string | undefined;

/** The names of the places of areas. Remembers the event of the shard before: those of one event come together. */
export function placeNames(store: Store): (shard: AreaItem) => Promise<NameOfPlace> {
  let last: { readonly eventId: string; readonly seats: SeatIndex | undefined } | undefined;
  return async (shard) => {
    const { eventId } = shard;
    if (last?.eventId !== eventId) {
      const event = await readEvent(store, eventId);
      last = { eventId, seats: event && seatIndex(layoutOf(eventOf(event.item.value, event.lists))) };
    }
    const { seats } = last;
    const part = seats && wholePart(seats, shard);
    return (place) =>
      seats === undefined || part === undefined || place >= part.count
        ? undefined
        : seats.seatAt(part.start + place).id;
  };
}
