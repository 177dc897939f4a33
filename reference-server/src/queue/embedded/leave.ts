import type { Place } from '../../domain/queue/index.ts';
import type { PlaceId } from '../../domain/token/index.ts';
import { put, type Write } from '../../store/index.ts';
import type { Recorder } from '../queue.ts';
import type { QueueDeps, Room } from './room.ts';
import { forgotten } from './status.ts';
import { placeKey, placeTable } from './tables.ts';

/** How long a place is kept as given up, in milliseconds, so that its owner is told so after a restart. */
const LEFT_KEPT_MS = 600_000;

/** Gives up a place. One that has ended stays as it is. */
export async function leave(
  { store }: QueueDeps,
  room: Room,
  { sequence, nonce }: PlaceId,
  record: Recorder<Place>,
): Promise<Place> {
  const { line, now } = room;
  return room.ofPlace(sequence, async () => {
    const at = now();
    if (!line.knows(sequence, nonce)) {
      return forgotten(at);
    }
    const place = line.placeAt(sequence, at);
    if (place.state === 'EXPIRED' || place.state === 'LEFT') {
      return place;
    }
    const left: Place = { state: 'LEFT', endedAt: at };
    await store.transact([leftPlace(room, sequence, at), ...record(left)]);
    line.leave(sequence, now());
    return left;
  });
}

/** Keeps of a place that it was given up, and the token it has, which still counts while it lives. */
export function leftPlace({ eventId, line }: Room, sequence: number, leftAt: number): Write {
  const admission = line.admissionOf(sequence);
  const place = {
    eventId,
    sequence,
    nonce: line.nonceOf(sequence),
    joinedAt: line.joinedAt(sequence),
    ...(admission?.token === undefined ? {} : { readyAt: admission.since, token: admission.token }),
    leftAt,
  };
  return put(placeTable, placeKey(eventId, sequence), place, { expiresAt: leftAt + LEFT_KEPT_MS });
}
