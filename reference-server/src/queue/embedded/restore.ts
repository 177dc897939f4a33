import { buyerKey, drawOrder, type FormerPlace } from '../../domain/queue/index.ts';
import { openRoom, type QueueDeps, type Room } from './room.ts';
import { lineTable, type PlaceRecord, placeTable } from './tables.ts';

/** Opens the lines as they were kept. */
export async function restoreRooms(deps: QueueDeps): Promise<Map<string, Room>> {
  const { store, clock } = deps;
  const rooms = new Map<string, Room>();
  const frontiers = new Map<string, number>();
  const admitted = new Map<string, number>();
  for await (const { value } of store.scan(lineTable)) {
    const room = openRoom(deps, value.eventId, value);
    rooms.set(value.eventId, room);
    // Where all of them have had their turn, nobody asks any more whose came first.
    if (value.draw !== undefined && value.frontier < value.draw.places) {
      room.line.draw(drawOrder({ ...value.draw, eventId: value.eventId }));
    }
    frontiers.set(value.eventId, value.frontier);
    admitted.set(value.eventId, value.admitted);
  }
  for await (const { value: place } of store.scan(placeTable)) {
    const room = rooms.get(place.eventId) ?? openRoom(deps, place.eventId);
    rooms.set(place.eventId, room);
    room.line.restore(formerPlace(room, place, frontiers.get(place.eventId) ?? 0), clock());
    if (place.origin !== undefined && room.line.isEarly(place.sequence)) {
      room.guests.add(place.origin, place.sequence);
    }
  }
  for (const [eventId, { line }] of rooms) {
    line.resume(frontiers.get(eventId) ?? 0, admitted.get(eventId) ?? 0);
  }
  return rooms;
}

function formerPlace({ line, isDrawn }: Room, place: PlaceRecord, frontier: number): FormerPlace {
  const { sequence, nonce, userId, joinedAt, readyAt, token, reservation, leftAt } = place;
  const buyer = userId === undefined ? undefined : buyerKey(userId);
  const hadTurn = readyAt !== undefined || (line.turnOf(sequence) <= frontier && leftAt === undefined);
  const early = place.early === true && !isDrawn();
  const admission = {
    since: readyAt ?? joinedAt,
    ...(token === undefined ? {} : { token }),
    ...(reservation === undefined ? {} : { reservation }),
  };
  return { sequence, nonce, buyer, joinedAt, admission: hadTurn ? admission : undefined, leftAt, early };
}
