import { placesPerShard } from '../../domain/inventory/area-shard.ts';
import type { PlacedRow, SeatIndex } from '../../domain/inventory/seat-index.ts';
import { type AreaItem, areaKey } from './tables.ts';

/** A shard of an area, and some of its places. */
export interface AreaPart {
  readonly key: string;
  readonly section: string;
  readonly shard: number;
  /** Index of the shard's first place among all seats of the event. */
  readonly start: number;
  /** Places of the shard. */
  readonly count: number;
  /** Offsets of some of them. */
  readonly places: readonly number[];
}

/** Places of areas by their shards. */
export function partsOf(index: SeatIndex, eventId: string, places: readonly number[]): AreaPart[] {
  const parts = new Map<string, AreaPart & { places: number[] }>();
  for (const place of places) {
    const row = index.rows[index.rowAt(place)] as PlacedRow;
    const shard = Math.floor((place - row.start) / placesPerShard(row.count));
    const section = index.layout.sections[row.section]?.id ?? '';
    const key = areaKey(eventId, section, shard);
    const part = parts.get(key) ?? { key, section, shard, ...extentOf(row, shard), places: [] };
    part.places.push(place - part.start);
    parts.set(key, part);
  }
  return [...parts.values()];
}

/** All places of a stored shard; `undefined` where the layout has no such shard. */
export function wholePart(index: SeatIndex, { eventId, section, shard }: AreaItem): AreaPart | undefined {
  const position = index.sectionOf(section);
  const row = index.rows[index.rowsOf[position]?.[0] ?? -1];
  if (row === undefined || index.layout.sections[position]?.area !== true) {
    return undefined;
  }
  const extent = extentOf(row, shard);
  if (extent.count <= 0) {
    return undefined;
  }
  const places = Array.from({ length: extent.count }, (_, place) => place);
  return { key: areaKey(eventId, section, shard), section, shard, ...extent, places };
}

function extentOf(row: PlacedRow, shard: number): { start: number; count: number } {
  const size = placesPerShard(row.count);
  return { start: row.start + shard * size, count: Math.min(size, row.count - shard * size) };
}
