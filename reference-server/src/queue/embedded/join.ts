import { randomInt } from 'node:crypto';
import { type BuyerKey, buyerKey } from '../../domain/queue/index.ts';
import { put } from '../../store/index.ts';
import type { Joined, JoinRequest, JoinResult } from '../queue.ts';
import type { QueueDeps, Room } from './room.ts';
import { type PlaceRecord, placeKey, placeTable } from './tables.ts';

const NONCES = 2 ** 48 - 1;

/** Gives out a place, or finds the one the buyer has. */
export async function join(deps: QueueDeps, room: Room, request: JoinRequest): Promise<JoinResult> {
  const { buyerId } = request;
  if (buyerId === undefined) {
    return newPlace(deps, room, request, undefined);
  }
  return room.ofBuyer(buyerId, async () => {
    const key = buyerKey(buyerId);
    const found = room.line.find(key, room.now());
    if (found === undefined) {
      return newPlace(deps, room, request, key);
    }
    room.line.touch(found, room.now());
    return { kind: 'JOINED', ...joined(room, found) };
  });
}

async function newPlace(
  { store, settings }: QueueDeps,
  room: Room,
  { buyerId, open, record }: JoinRequest,
  buyer: BuyerKey | undefined,
): Promise<JoinResult> {
  const { eventId, line, now } = room;
  if (room.isDrawDue()) {
    await room.draw();
  }
  const at = now();
  if (!open) {
    return { kind: 'CLOSED' };
  }
  if (line.waiting >= settings.maxWaiting()) {
    return { kind: 'FULL' };
  }
  const nonce = randomInt(1, NONCES);
  const early = room.isEarly();
  const sequence = early ? line.joinEarly({ nonce, buyer }, at) : line.join({ nonce, buyer }, at);
  const answer = joined(room, sequence);
  const place: PlaceRecord = {
    eventId,
    sequence,
    nonce,
    ...(buyerId === undefined ? {} : { userId: buyerId }),
    joinedAt: at,
    ...(early ? { early } : {}),
    ...(answer.place.state === 'READY' ? { readyAt: at } : {}),
  };
  try {
    await store.transact([
      put(placeTable, placeKey(eventId, sequence), place, { if: 'absent' }),
      ...record(answer),
    ]);
  } catch (error) {
    line.abandon(sequence, now());
    throw error;
  }
  line.confirm(sequence);
  return { kind: 'JOINED', ...answer };
}

function joined({ eventId, line, now }: Room, sequence: number): Joined {
  return {
    id: { eventId, sequence, nonce: line.nonceOf(sequence) },
    place: line.placeAt(sequence, now()),
  };
}
