import { buyerKey } from '../../domain/queue/index.ts';
import { ConditionFailed, put } from '../../store/index.ts';
import type { BuyerActivity } from '../queue.ts';
import type { QueueDeps, Room } from './room.ts';
import { placeKey, placeTable } from './tables.ts';

/** Keeps the buyer of a place active as long as their hold. */
export async function reservationOpen(
  { store }: QueueDeps,
  room: Room,
  activity: BuyerActivity,
): Promise<void> {
  const { eventId, line, now } = room;
  const { reservationId, buyerId, tokenId, at, holdExpiresAt } = activity;
  const heard = { id: reservationId, expiresAt: holdExpiresAt };
  const buyer = buyerId === '' ? undefined : buyerKey(buyerId);
  const sequence = line.reserve(buyer, heard, at, now(), tokenId);
  if (sequence === undefined) {
    return;
  }
  await room.ofPlace(sequence, async () => {
    const reservation = line.admissionOf(sequence)?.reservation;
    const item = await store.get(placeTable, placeKey(eventId, sequence));
    if (reservation === undefined || item === undefined) {
      return;
    }
    try {
      const condition = { if: { version: item.version } };
      await store.transact([put(placeTable, item.key, { ...item.value, reservation }, condition)]);
    } catch (error) {
      // The place is over by now, and was removed.
      if (!(error instanceof ConditionFailed && line.admissionOf(sequence) === undefined)) {
        throw error;
      }
    }
  });
}
