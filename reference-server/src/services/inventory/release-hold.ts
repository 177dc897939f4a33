import { create } from '@bufbuild/protobuf';
import {
  type ReleaseHoldRequest,
  type ReleaseHoldResponse,
  ReleaseHoldResponseSchema,
  ReleaseStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { type Hold, holdStateAt, withoutSeats } from '../../domain/inventory/hold.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import type { Item } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { HOLD_LAPSED } from '../shared/hold-lapsed.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import { buyerOf, buyerWrites } from './buyer-writes.ts';
import type { InventoryDeps } from './deps.ts';
import type { EventSeats } from './event-seats.ts';
import { differsFromHold, holdOf, indexesOf, ownSeats } from './held-seats.ts';
import { putHold } from './hold-write.ts';
import { seatsOfHold } from './seat-message.ts';

/** Gives held seats back before their hold lapses. */
export async function releaseHold(
  deps: InventoryDeps,
  request: ReleaseHoldRequest,
  call: Call,
): Promise<ReleaseHoldResponse> {
  return contended(`the seats of reservation ${request.reservationId}`, async () => {
    const event = await deps.events.get(request.eventId);
    const item = await holdOf(deps, request, { status: ReleaseStatus.NOT_FOUND });
    const hold = item.value;
    const now = deps.clock();
    const state = holdStateAt(hold, now);
    if (state === 'COMMITTED') {
      throw refuse(
        'FAILED_PRECONDITION',
        `the seats of reservation "${hold.reservationId}" are sold; they come back with ReturnSeats after a refund`,
        [{ field: 'reservation_id', reason: 'SEATS_SOLD', value: hold.reservationId }],
        { answer: { status: ReleaseStatus.FAILED } },
      );
    }
    const released = request.seatIds.length > 0 ? request.seatIds : hold.seatIds;
    if (state === 'RELEASED' || state === 'RETURNED') {
      return alreadyReleased(hold);
    }
    if (state === 'EXPIRED') {
      if (hold.state === 'ACTIVE') {
        await tidyUp(deps, event, item);
      }
      return alreadyReleased(hold);
    }
    if (request.reason === HOLD_LAPSED) {
      throw stillRuns(hold);
    }
    const unknown = released.some((id) => !hold.seatIds.includes(id));
    if (unknown || (request.quantity !== 0 && request.quantity !== released.length)) {
      throw differsFromHold(hold, { status: ReleaseStatus.FAILED });
    }
    const rest = withoutSeats(hold, released);
    const next: Hold = rest.seatIds.length > 0 ? rest : { ...hold, state: 'RELEASED', releasedAt: now };
    const response = create(ReleaseHoldResponseSchema, {
      releasedSeats: seatsOfHold(event.seats, hold, SeatState.AVAILABLE, released),
      status: ReleaseStatus.SUCCESS,
      releasedAt: timestampOf(now),
    });
    const seats = indexesOf(event, hold, released);
    await event.inTurn(seats, async () => {
      const release = (await ownSeats(event, hold, seats)).free();
      const { version } = await deps.store.transact([
        putHold(next, { version: item.version }),
        ...release.writes,
        ...buyerWrites(await buyerOf(deps.store, hold), next, now),
        ...recorded(call, response),
      ]);
      release.written(version);
    });
    return response;
  });
}

/** A refusal to tidy up after a hold that was prolonged meanwhile: it is to be looked at again when it lapses. */
function stillRuns(hold: Hold): Error {
  const until = new Date(hold.expiresAt).toISOString();
  return refuse(
    'CONCURRENT_MODIFICATION',
    `the hold of reservation "${hold.reservationId}" runs until ${until}`,
    [{ field: 'reservation_id', reason: 'HOLD_RUNS', value: hold.reservationId }],
    { answer: { status: ReleaseStatus.FAILED, releasedAt: timestampOf(hold.expiresAt) } },
  );
}

function alreadyReleased(hold: Hold): ReleaseHoldResponse {
  return create(ReleaseHoldResponseSchema, {
    status: ReleaseStatus.ALREADY_RELEASED,
    releasedAt: timestampOf(hold.releasedAt ?? hold.returnedAt ?? hold.expiresAt),
  });
}

/** Removes what a lapsed hold has left in the store. Its seats are free with or without it. */
async function tidyUp(deps: InventoryDeps, event: EventSeats, item: Item<Hold>): Promise<void> {
  const hold = item.value;
  const seats = indexesOf(event, hold);
  await event.inTurn(seats, async () => {
    const left = (await event.records.readOwn(hold, seats)).free();
    const { version } = await deps.store.transact([
      putHold({ ...hold, state: 'EXPIRED' }, { version: item.version }),
      ...left.writes,
    ]);
    left.written(version);
  });
}
