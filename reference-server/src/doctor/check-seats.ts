import { type AreaShard, isSold } from '../domain/inventory/area-shard.ts';
import { type Hold, holdStateAt } from '../domain/inventory/hold.ts';
import { areaTable, seatTable } from '../services/inventory/index.ts';
import { seatKey } from '../services/inventory/tables.ts';
import type { Store } from '../store/index.ts';
import { agreement } from './agreement.ts';
import type { Finding } from './finding.ts';
import { placeNames } from './place-names.ts';

/** What was found of one kind of record. */
interface Compared {
  readonly count: number;
  readonly broken: readonly string[];
}

/** Of how many of its seats a reservation has the records. */
type Counted = Map<string, number>;

/**
 * Compares seats, and the places of areas, with the holds of reservations: what a record says is taken must be in the
 * hold that it names, and all that a hold has must be taken by it, or somebody else can have it.
 *
 * @param holds All there are, by reservation.
 */
export async function checkSeats(
  store: Store,
  holds: ReadonlyMap<string, Hold>,
  now: number,
): Promise<readonly Finding[]> {
  const counted: Counted = new Map();
  const soldPlaces = new Set<string>();
  const rows = await seatsAgree(store, holds, counted, now);
  const areas = await areasAgree(store, holds, { counted, soldPlaces }, now);
  const back = holdsAgree(holds, { counted, soldPlaces }, now);
  const unowned = [...soldPlaces].map((key) => `place ${key} is sold, but nobody has bought it`);
  return [
    agreement('seats and holds', rows.count, rows.broken),
    agreement('areas and holds', areas.count, [...areas.broken, ...unowned]),
    agreement('holds and their seats', back.count, back.broken),
  ];
}

async function seatsAgree(
  store: Store,
  holds: ReadonlyMap<string, Hold>,
  counted: Counted,
  now: number,
): Promise<Compared> {
  const broken: string[] = [];
  let count = 0;
  for await (const { key, value: seat } of store.scan(seatTable)) {
    count++;
    const { reservationId, seatId, sold } = seat;
    const hold = holds.get(reservationId);
    if (!sold && seat.expiresAt <= now) {
      continue;
    }
    if (hold?.state === (sold ? 'COMMITTED' : 'ACTIVE') && hold.seatIds.includes(seatId)) {
      add(counted, reservationId);
    } else {
      const what = `seat ${key} is ${sold ? 'sold' : 'held'} for ${reservationId}`;
      broken.push(`${what}, ${difference(hold)}`);
    }
  }
  return { count, broken };
}

/** Shards say of sold places only that they are sold: their keys are collected for the holds to claim. */
async function areasAgree(
  store: Store,
  holds: ReadonlyMap<string, Hold>,
  found: { readonly counted: Counted; readonly soldPlaces: Set<string> },
  now: number,
): Promise<Compared> {
  const broken: string[] = [];
  const nameOf = placeNames(store);
  let count = 0;
  for await (const { key, value: shard } of store.scan(areaTable)) {
    count++;
    const name = await nameOf(shard);
    const known = (place: number): string | undefined => {
      const id = name(place);
      if (id === undefined) {
        broken.push(`area ${key} has a place ${place} that is taken, and that the event does not have`);
      }
      return id;
    };
    for (const place of soldOf(shard)) {
      const id = known(place);
      if (id !== undefined) {
        found.soldPlaces.add(seatKey(shard.eventId, id));
      }
    }
    const held = new Set<number>();
    for (const { reservationId, places, expiresAt } of shard.holds) {
      const hold = holds.get(reservationId);
      for (const place of expiresAt > now ? places : []) {
        const id = known(place);
        const what = `place ${seatKey(shard.eventId, id ?? String(place))} is held for ${reservationId}`;
        if (held.has(place) || isSold(shard, place)) {
          broken.push(`${what}, and ${held.has(place) ? 'for another one' : 'sold'}`);
        } else if (id !== undefined && hold?.state === 'ACTIVE' && hold.seatIds.includes(id)) {
          add(found.counted, reservationId);
        } else if (id !== undefined) {
          broken.push(`${what}, ${difference(hold)}`);
        }
        held.add(place);
      }
    }
  }
  return { count, broken };
}

function holdsAgree(
  holds: ReadonlyMap<string, Hold>,
  found: { readonly counted: Counted; readonly soldPlaces: Set<string> },
  now: number,
): Compared {
  const broken: string[] = [];
  for (const hold of holds.values()) {
    const { reservationId, eventId, seatIds } = hold;
    const state = holdStateAt(hold, now);
    if (state !== 'ACTIVE' && state !== 'COMMITTED') {
      continue;
    }
    const bought = state === 'COMMITTED';
    const places = bought ? seatIds.filter((id) => found.soldPlaces.delete(seatKey(eventId, id))) : [];
    const own = (found.counted.get(reservationId) ?? 0) + places.length;
    if (own !== seatIds.length) {
      broken.push(
        `${reservationId} ${bought ? 'has bought' : 'holds'} ${seatIds.join(', ')} of event ${eventId}, but ${own} of these ${seatIds.length} are taken by it`,
      );
    }
  }
  return { count: holds.size, broken };
}

/** How a hold is not the one that a record names. */
function difference(hold: Hold | undefined): string {
  return hold === undefined
    ? 'whose hold is unknown'
    : `whose hold is ${hold.state.toLowerCase()} with ${hold.seatIds.join(', ') || 'no seats'}`;
}

function soldOf(shard: AreaShard): number[] {
  return [...Array(shard.sold.length).keys()].filter((place) => isSold(shard, place));
}

function add(counted: Counted, reservationId: string): void {
  counted.set(reservationId, (counted.get(reservationId) ?? 0) + 1);
}
