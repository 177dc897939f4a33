import type { Hold } from '../../domain/inventory/hold.ts';
import type { SeatMap } from '../../domain/inventory/seat-map.ts';
import { type Item, put, remove, type Store, type Write } from '../../store/index.ts';
import type { ApplySeat } from './apply-seat.ts';
import type { SeatRecords } from './seat-records.ts';
import { type SeatItem, seatKey, seatTable } from './tables.ts';

/** The records of seats in rows, an item for each that is taken. */
export function rowRecords(options: {
  readonly eventId: string;
  readonly store: Store;
  readonly map: SeatMap;
  readonly apply: ApplySeat;
}): SeatRecords {
  const { eventId, store, map, apply } = options;
  const keyOf = (seat: number): string => seatKey(eventId, map.seats.seatAt(seat).id);
  const applyItem = (seat: number, item: Pick<Item<SeatItem>, 'value' | 'version'> | undefined): void =>
    apply(seat, item && { ...item.value, version: item.version });

  const read = async (seats: readonly number[]): Promise<readonly (Item<SeatItem> | undefined)[]> => {
    const items = await store.getMany(seatTable, seats.map(keyOf));
    seats.forEach((seat, at) => {
      applyItem(seat, items[at]);
    });
    return items;
  };

  /** Every item changed to what it is to be, on its condition; `undefined` removes it. */
  const changed = <T>(
    seats: readonly T[],
    seatOf: (of: T) => number,
    write: (of: T) => Write,
    next: (of: T) => SeatItem | undefined,
  ) => ({
    writes: seats.map(write),
    written: (version: number) => {
      for (const of of seats) {
        const value = next(of);
        applyItem(seatOf(of), value && { value, version });
      }
    },
  });

  return {
    take(hold, seats) {
      const item = (seat: number): SeatItem => heldItem(hold, map.seats.seatAt(seat).id);
      const write = (seat: number): Write => {
        const { version } = map.record(seat);
        return put(seatTable, keyOf(seat), item(seat), { if: version === 0 ? 'absent' : { version } });
      };
      return changed(seats, (seat) => seat, write, item);
    },
    async readOwn(hold, seats) {
      const items = await read(seats);
      const own = seats.flatMap((seat, at) => {
        const item = items[at];
        return item?.value.reservationId === hold.reservationId ? [{ seat, item }] : [];
      });
      type Own = (typeof own)[number];
      const updated = (next: (item: SeatItem) => SeatItem) => {
        const value = ({ item }: Own): SeatItem => next(item.value);
        const write = (of: Own): Write =>
          put(seatTable, of.item.key, value(of), { if: { version: of.item.version } });
        return changed(own, ({ seat }) => seat, write, value);
      };
      return {
        seats: own.map(({ seat }) => seat),
        prolong: (expiresAt) => updated((item) => ({ ...item, expiresAt })),
        sell: () => updated((item) => ({ ...item, sold: true, expiresAt: 0 })),
        free: () =>
          changed(
            own,
            ({ seat }) => seat,
            ({ item }) => remove(seatTable, item.key, { version: item.version }),
            () => undefined,
          ),
      };
    },
    async refresh(seats) {
      await read(seats);
    },
  };
}

function heldItem(hold: Hold, seatId: string): SeatItem {
  const { eventId, reservationId, expiresAt } = hold;
  return { eventId, seatId, reservationId, sold: false, expiresAt };
}
