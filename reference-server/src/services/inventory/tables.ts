import type { AreaShard } from '../../domain/inventory/area-shard.ts';
import type { BuyerHoldings } from '../../domain/inventory/buyer-holdings.ts';
import type { Hold } from '../../domain/inventory/hold.ts';
import { table } from '../../store/index.ts';

/** A seat that is held or sold. A seat that is free has no item. */
export interface SeatItem {
  readonly eventId: string;
  readonly seatId: string;
  /** Whose it is. */
  readonly reservationId: string;
  readonly sold: boolean;
  /** Epoch milliseconds from which a held seat is free. */
  readonly expiresAt: number;
}

/** Seats by `<event>/<seat>`: the one place that decides who has a seat. */
export const seatTable = table<SeatItem, 'by_event'>(
  'seat',
  { by_event: (seat) => ({ partition: seat.eventId, sort: seat.seatId }) },
  { unsortedKeys: true },
);

/** What is kept of some places of an area without seats. Places of a shard that is all free have no item. */
export interface AreaItem extends AreaShard {
  readonly eventId: string;
  readonly section: string;
  /** Position among the area's shards. */
  readonly shard: number;
}

/** Shards of areas by `<event>/<section>/<shard>`: what decides who has a place there. */
export const areaTable = table<AreaItem, 'by_event'>('area', {
  by_event: (area) => ({
    partition: area.eventId,
    sort: `${area.section}/${String(area.shard).padStart(5, '0')}`,
  }),
});

/** Holds by reservation. */
export const holdTable = table<Hold>('hold');

/** What buyers have, by `<event>/<user>`. */
export const buyerTable = table<BuyerHoldings>('buyer', undefined, { unsortedKeys: true });

/** Key of a seat. Neither event ids nor seat ids contain a slash. */
export const seatKey = (eventId: string, seatId: string): string => `${eventId}/${seatId}`;

/** Key of a shard. Neither event ids nor section ids contain a slash. */
export const areaKey = (eventId: string, section: string, shard: number): string =>
  `${eventId}/${section}/${shard}`;

/** Key of a buyer's holdings. An event id contains no slash. */
export const buyerKey = (eventId: string, userId: string): string => `${eventId}/${userId}`;
