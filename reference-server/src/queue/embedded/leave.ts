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
    // In whole seconds, as it is remembered: asked again, the answer is the same.
    const endedAt = Math.floor(at / 1000) * 1000;
    const left: Place = { state: 'LEFT', endedAt };
    const hasToken = line.admissionOf(sequence)?.token !== undefined;
    const kept = hasToken ? await store.get(placeTable, placeKey(room.eventId, sequence)) : undefined;
    const userId = kept?.value.userId;
    await store.transact([leftPlace(room, sequence, endedAt, userId), ...record(left)]);
    line.leave(sequence, now());
    return left;
  });
}

/** Keeps of a place that it was given up, and the token its buyer has, which still counts while it lives. */
export function leftPlace(
  { eventId, line }: Room,
  sequence: number,
  leftAt: number,
  userId: string | undefined,
): Write {
  const admission = line.admissionOf(sequence);
  const place = {
    eventId,
    sequence,
    nonce: line.nonceOf(sequence),
    joinedAt: line.joinedAt(sequence),
    ...(admission?.token === undefined
      ? {}
      : { readyAt: admission.since, token: admission.token, ...(userId === undefined ? {} : { userId }) }),
    leftAt,
  };
  return put(placeTable, placeKey(eventId, sequence), place, { expiresAt: leftAt + LEFT_KEPT_MS });
}
