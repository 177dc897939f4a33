import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventSchema } from '@traffic-tacos/contracts/catalog/v1';
import { placesPerShard } from '../../reference-server/src/domain/inventory/area-shard.ts';
import {
  type AreaItem,
  areaKey,
  areaTable,
  type SeatItem,
  seatKey,
  seatTable,
} from '../../reference-server/src/services/inventory/tables.ts';
import { put, type Store, type Write } from '../../reference-server/src/store/index.ts';

/** Whether an event's seats stand in rows, of 500 seats or of 50, or are places of one area. */
export type Kind = 'rows' | 'short rows' | 'area';

const seatsARow = (kind: Kind): number => (kind === 'short rows' ? 50 : 500);
const ROWS_A_SECTION = 100;
const DAY_MS = 86_400_000;
const WRITES = 100;

type Section = NonNullable<
  Extract<MessageInitShape<typeof EventSchema>, { sections?: unknown }>['sections']
>[number];

/** An event of so many seats, on sale. */
export function hallOf(id: string, kind: Kind, seats: number): MessageInitShape<typeof EventSchema> {
  const now = Date.now();
  return {
    id,
    name: `${seats} seats`,
    venue: { name: 'Hall' },
    startTime: timestampFromMs(now + 30 * DAY_MS),
    saleStartTime: timestampFromMs(now - DAY_MS),
    priceTiers: [{ id: 'standard', price: { amount: 50_000n, currency: 'KRW' } }],
    sections: kind === 'area' ? [areaSection(seats)] : rowSections(seats, seatsARow(kind)),
  };
}

/** Id of a seat or place, by its position. */
export function seatIdOf(kind: Kind, at: number): string {
  const row = Math.floor(at / seatsARow(kind));
  return kind === 'area' ? `G${at + 1}` : `R${row}-${1 + (at % seatsARow(kind))}`;
}

function rowSections(seats: number, count: number): Section[] {
  const rows = Array.from({ length: seats / count }, (_, row) => ({
    id: `R${row}`,
    seatIdPrefix: `R${row}-`,
    seats: { case: 'range' as const, value: { first: 1, count } },
  }));
  return Array.from({ length: Math.ceil(rows.length / ROWS_A_SECTION) }, (_, at) => ({
    id: `S${at}`,
    priceTierId: 'standard',
    layout: {
      case: 'seated' as const,
      value: { rows: rows.slice(at * ROWS_A_SECTION, (at + 1) * ROWS_A_SECTION) },
    },
  }));
}

function areaSection(capacity: number): Section {
  return {
    id: 'field',
    priceTierId: 'standard',
    layout: { case: 'generalAdmission', value: { capacity, seatIdPrefix: 'G' } },
  };
}

/**
 * Sells what stands before the last twentieth of an event, but for every tenth seat: a search that looked at one row
 * after the other would find a few free seats in each, and nowhere two together.
 */
export async function sellNearlyAll(store: Store, eventId: string, kind: Kind, seats: number): Promise<void> {
  const sold = Math.floor(seats * 0.95);
  let writes: Write[] = [];
  const flush = async (): Promise<void> => {
    await store.transact(writes);
    writes = [];
  };
  const add = async (write: Write): Promise<void> => {
    writes.push(write);
    if (writes.length === WRITES) {
      await flush();
    }
  };
  if (kind !== 'area') {
    for (let at = 0; at < sold; at++) {
      if (at % 10 !== 0) {
        const seatId = seatIdOf(kind, at);
        const item: SeatItem = { eventId, seatId, reservationId: 'earlier', sold: true, expiresAt: 0 };
        await add(put(seatTable, seatKey(eventId, seatId), item));
      }
    }
  } else {
    const size = placesPerShard(seats);
    for (let shard = 0; (shard + 1) * size <= sold; shard++) {
      const item: AreaItem = {
        eventId,
        section: 'field',
        shard,
        sold: `0${'1'.repeat(size - 1)}`,
        holds: [],
      };
      await add(put(areaTable, areaKey(eventId, 'field', shard), item));
    }
  }
  if (writes.length > 0) {
    await flush();
  }
}
