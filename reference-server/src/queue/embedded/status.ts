import type { Place } from '../../domain/queue/index.ts';
import type { PlaceId } from '../../domain/token/index.ts';
import type { Room } from './room.ts';

/** A place nobody remembers, or of a line nobody has: it has lapsed, and not later than now. */
export function forgotten(now: number): Extract<Place, { state: 'EXPIRED' }> {
  return { state: 'EXPIRED', reason: 'LAPSED', endedAt: now };
}

/** What has become of a place, whose turn may have come just now. Keeps it. */
export async function status(room: Room, { sequence, nonce }: PlaceId): Promise<Place> {
  const { line, now, moveOn } = room;
  if (room.isDrawDue()) {
    await room.draw();
  }
  const at = now();
  if (!line.knows(sequence, nonce)) {
    return forgotten(at);
  }
  line.touch(sequence, at);
  const place = line.placeAt(sequence, at);
  if (place.state !== 'WAITING' || !line.isDue(sequence, at)) {
    return place;
  }
  await moveOn();
  return line.placeAt(sequence, now());
}
