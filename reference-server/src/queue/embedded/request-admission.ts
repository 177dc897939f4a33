import { type BuyerKey, buyerKey } from '../../domain/queue/index.ts';
import type { ReservationPass } from '../../domain/token/index.ts';
import { put, timeOrderedHex, type Write } from '../../store/index.ts';
import type { AdmissionRequest, AdmissionResult } from '../queue.ts';
import { leftPlace } from './leave.ts';
import type { QueueDeps, Room } from './room.ts';
import { forgotten, status } from './status.ts';
import { type PlaceRecord, placeKey, placeTable } from './tables.ts';

/** Exchanges a place whose turn has come for the right to make one reservation. */
export async function requestAdmission(
  deps: QueueDeps,
  room: Room,
  request: AdmissionRequest,
): Promise<AdmissionResult> {
  const { id, buyerId } = request;
  const decide = (): Promise<AdmissionResult> =>
    room.ofPlace(id.sequence, () => decision(deps, room, request));
  return buyerId === '' ? decide() : room.ofBuyer(buyerId, decide);
}

async function decision(deps: QueueDeps, room: Room, request: AdmissionRequest): Promise<AdmissionResult> {
  const { id, buyerId } = request;
  if (!room.line.knows(id.sequence, id.nonce)) {
    return { kind: 'OVER', place: forgotten(room.now()) };
  }
  const key = buyerId === '' ? undefined : buyerKey(buyerId);
  if (key !== undefined && room.line.belongsTo(id.sequence, key) === false) {
    return { kind: 'NOT_THEIRS' };
  }
  const place = await status(room, id);
  if (place.state === 'WAITING') {
    return { kind: 'NOT_YET', place };
  }
  return place.state === 'READY' ? grant(deps, room, request, key) : { kind: 'OVER', place };
}

async function grant(
  { store, settings }: QueueDeps,
  room: Room,
  { id, buyerId: namedBuyer, record }: AdmissionRequest,
  key: BuyerKey | undefined,
): Promise<AdmissionResult> {
  const { eventId, line, now } = room;
  const { sequence, nonce } = id;
  const recordKey = placeKey(eventId, sequence);
  const buyerId =
    key === undefined ? ((await store.get(placeTable, recordKey))?.value.userId ?? '') : namedBuyer;
  const at = now();
  const admission = line.admissionOf(sequence);
  if (admission === undefined) {
    return { kind: 'OVER', place: forgotten(at) };
  }

  const binds = key !== undefined && line.belongsTo(sequence, key) === undefined;
  const before = admission.token;
  if (!binds && before !== undefined && before.expiresAt > at) {
    return { kind: 'GRANTED', pass: { ...before, eventId, buyerId } };
  }
  const other = binds ? line.find(key, at) : undefined;
  const elsewhere = Math.max(
    (other === undefined ? undefined : line.admissionOf(other)?.token?.expiresAt) ?? 0,
    (key === undefined ? undefined : line.tokenLeftBy(key, at)) ?? 0,
  );
  if (elsewhere > at) {
    return { kind: 'ADMITTED_ELSEWHERE' };
  }

  const token = { id: timeOrderedHex(), expiresAt: at + settings.tokenTtlMs };
  const pass: ReservationPass = { ...token, eventId, buyerId };
  const place: PlaceRecord = {
    eventId,
    sequence,
    nonce,
    ...(buyerId === '' ? {} : { userId: buyerId }),
    joinedAt: line.joinedAt(sequence),
    readyAt: admission.since,
    token,
  };
  const writes: Write[] = [put(placeTable, recordKey, place, { if: 'present' }), ...record(pass)];
  if (other !== undefined) {
    writes.push(leftPlace(room, other, at, buyerId));
  }
  // Noted at once, so that the place does not lapse while it is written down.
  line.give(sequence, token, at);
  try {
    await store.transact(writes);
  } catch (error) {
    line.give(sequence, before, now());
    throw error;
  }
  if (other !== undefined) {
    line.leave(other, now());
  }
  if (binds) {
    line.bind(sequence, key);
  }
  return { kind: 'GRANTED', pass };
}
