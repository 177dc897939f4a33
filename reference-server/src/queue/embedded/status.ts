import type { Place } from '../../domain/queue/index.ts';
import type { PlaceId } from '../../domain/token/index.ts';
import type { Room } from './room.ts';

/** A place nobody remembers, or of a line nobody has: it has lapsed, and not later than now. */
export function forgotten(now: number): Extract<Place, { state: 'EXPIRED' }> {
  return { state: 'EXPIRED', reason: 'LAPSED', endedAt: now };
}

/** What has become of a place, and keeps it; `undefined` where something has to be written down first. */
export function statusAtOnce(room: Room, id: PlaceId): Place | undefined {
  return room.isDrawDue() ? undefined : settled(room, id);
}

/** As {@link statusAtOnce}, when there is no draw to be made. */
function settled({ line, now }: Room, { sequence, nonce }: PlaceId): Place | undefined {
  const at = now();
  if (!line.knows(sequence, nonce)) {
    return forgotten(at);
  }
  line.touch(sequence, at);
  const place = line.placeAt(sequence, at);
  return place.state === 'WAITING' && line.isDue(place.position, at) ? undefined : place;
}

/** What has become of a place, whose turn may have come just now. Keeps it. */
export async function status(room: Room, id: PlaceId): Promise<Place> {
  if (room.isDrawDue()) {
    await room.draw();
  }
  const place = settled(room, id);
  if (place !== undefined) {
    return place;
  }
  await room.moveOn();
  return room.line.placeAt(id.sequence, room.now());
}
