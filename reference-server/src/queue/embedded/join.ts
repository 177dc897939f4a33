import { hash, randomInt } from 'node:crypto';
import { type BuyerKey, buyerKey } from '../../domain/queue/index.ts';
import { put } from '../../store/index.ts';
import type { Joined, JoinRequest, JoinResult } from '../queue.ts';
import type { QueueDeps, Room } from './room.ts';
import { type PlaceRecord, placeKey, placeTable } from './tables.ts';

const NONCES = 2 ** 48 - 1;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** 96 bits. */
const ORIGIN_LENGTH = 16;

/** Gives out a place, or finds the one the buyer has. */
export function join(deps: QueueDeps, room: Room, request: JoinRequest): Promise<JoinResult> {
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
    const at = room.now();
    room.line.touch(found, at);
    return { kind: 'JOINED', ...joined(room, found, at) };
  });
}

async function newPlace(
  { store, settings }: QueueDeps,
  room: Room,
  { buyerId, open, origin: originOf, record }: JoinRequest,
  buyer: BuyerKey | undefined,
): Promise<JoinResult> {
  const { eventId, guests, line, now } = room;
  if (room.isDrawDue()) {
    await room.draw();
  }
  const at = now();
  if (!open) {
    return { kind: 'CLOSED' };
  }
  if (line.waiting() >= settings.maxWaiting()) {
    return { kind: 'FULL' };
  }
  const early = room.isEarly();
  const from = early && buyerId === undefined ? originOf?.() : undefined;
  const origin = from === undefined ? undefined : originKey(eventId, from);
  if (origin !== undefined && guests.count(origin) >= (settings.maxEarlyPerOrigin?.() ?? Infinity)) {
    return { kind: 'CROWDED' };
  }
  const nonce = randomInt(1, NONCES);
  const sequence = early ? line.joinEarly({ nonce, buyer }, at) : line.join({ nonce, buyer }, at);
  if (origin !== undefined) {
    guests.add(origin, sequence);
  }
  const answer = joined(room, sequence, at);
  const place: Mutable<PlaceRecord> = { eventId, sequence, nonce, joinedAt: at };
  if (buyerId !== undefined) {
    place.userId = buyerId;
  }
  if (early) {
    place.early = early;
  }
  if (origin !== undefined) {
    place.origin = origin;
  }
  if (answer.place.state === 'READY') {
    place.readyAt = at;
  }
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
  return { kind: 'JOINED', id: answer.id, place: answer.place };
}

/** Stands for an origin where places are kept, so that no address does. */
function originKey(eventId: string, origin: string): string {
  return hash('sha256', `${eventId}/${origin}`, 'base64url').slice(0, ORIGIN_LENGTH);
}

function joined({ eventId, line }: Room, sequence: number, at: number): Joined {
  return {
    id: { eventId, sequence, nonce: line.nonceOf(sequence) },
    place: line.placeAt(sequence, at),
  };
}
