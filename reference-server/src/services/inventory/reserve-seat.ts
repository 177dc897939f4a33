import { create } from '@bufbuild/protobuf';
import {
  HoldStatus,
  type ReserveSeatRequest,
  type ReserveSeatResponse,
  ReserveSeatResponseSchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import { noHoldings, seatsOf } from '../../domain/inventory/buyer-holdings.ts';
import { type Hold, holdStateAt, holdsExactly } from '../../domain/inventory/hold.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import { ConditionFailed, type Item, type Write } from '../../store/index.ts';
import { eventTable, saleOf } from '../catalog/event-record.ts';
import { contended } from '../shared/contended.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import { type Buyer, buyerOf, buyerWrites } from './buyer-writes.ts';
import type { InventoryDeps } from './deps.ts';
import type { EventSeats } from './event-seats.ts';
import { indexesOf, ownSeats } from './held-seats.ts';
import { putHold } from './hold-write.ts';
import { seatsOfHold } from './seat-message.ts';
import type { SeatChange } from './seat-records.ts';
import { areaTable, holdTable, seatTable } from './tables.ts';
import { choose } from './wanted-seats.ts';

/** Tickets one user may have of an event that sets no limit. The contract's default. */
const DEFAULT_TICKET_LIMIT = 10;

/** Holds seats for a reservation, all or none; or prolongs the hold it has. */
export async function reserveSeat(
  deps: InventoryDeps,
  request: ReserveSeatRequest,
  call: Call,
): Promise<ReserveSeatResponse> {
  return contended(`the seats of reservation ${request.reservationId}`, async () => {
    const event = await deps.events.get(request.eventId);
    const existing = await deps.store.get(holdTable, request.reservationId);
    return existing === undefined
      ? newHold(deps, event, request, call)
      : earlierHold(deps, event, existing, request, call);
  });
}

async function newHold(
  deps: InventoryDeps,
  event: EventSeats,
  request: ReserveSeatRequest,
  call: Call,
): Promise<ReserveSeatResponse> {
  const now = deps.clock();
  const organiser = isOrganiser(call);
  if (!organiser) {
    refuseClosedSale(event, now);
  }
  const expiresAt = expiryOf(deps, event, request, now);
  const buyer = await buyerOf(deps.store, request);
  await refuseFormer(deps, event);
  // Between this choice and the marks on its seats nothing is waited for: nobody else chooses meanwhile.
  let choice = choose(event, request, deps.clock());
  while (choice.kind === 'undecided') {
    await event.settled();
    await refuseFormer(deps, event);
    choice = choose(event, request, deps.clock());
  }
  const { seats: chosen } = choice;
  if (!organiser) {
    refuseOverLimit(event, buyer, chosen.length, now);
  }

  const planned = chosen.map((seat) => event.seats.seatAt(seat));
  const hold: Hold = {
    reservationId: request.reservationId,
    eventId: request.eventId,
    userId: request.userId,
    seatIds: planned.map((seat) => seat.id),
    prices: planned.map((seat) => seat.price),
    state: 'ACTIVE',
    expiresAt,
  };
  const response = responseOf(event, hold);
  await event.whilePending(chosen, async () => {
    const change = (): SeatChange => event.records.take(hold, chosen, now);
    await writeHold(deps, event, chosen, change, [
      putHold(hold, 'absent'),
      ...buyerWrites(buyer, hold, now),
      ...recorded(call, response),
    ]);
  });
  return response;
}

/** The reservation has held seats before: the same ones may be prolonged, others are refused. */
async function earlierHold(
  deps: InventoryDeps,
  event: EventSeats,
  item: Item<Hold>,
  request: ReserveSeatRequest,
  call: Call,
): Promise<ReserveSeatResponse> {
  const now = deps.clock();
  const hold = item.value;
  const state = holdStateAt(hold, now);
  const same =
    hold.eventId === request.eventId &&
    (request.seatIds.length > 0
      ? holdsExactly(hold, request.seatIds)
      : hold.seatIds.length === request.quantity);
  const status = {
    ACTIVE: HoldStatus.ACTIVE,
    COMMITTED: HoldStatus.COMMITTED,
    RELEASED: HoldStatus.RELEASED,
    RETURNED: HoldStatus.RELEASED,
    EXPIRED: HoldStatus.EXPIRED,
  };
  const answer = { status: status[state] };
  if (!same || state === 'COMMITTED' || state === 'RELEASED' || state === 'RETURNED') {
    const has = {
      ACTIVE: 'holds',
      EXPIRED: 'held',
      COMMITTED: 'has bought',
      RELEASED: 'has given back',
      RETURNED: 'has bought and given back',
    }[state];
    throw refuse(
      'ALREADY_EXISTS',
      `reservation "${hold.reservationId}" ${has} seats already; a reservation has one hold`,
      [{ field: 'reservation_id', reason: 'HOLD_EXISTS', value: hold.reservationId }],
      { answer },
    );
  }
  if (state === 'EXPIRED') {
    throw refuse('RESERVATION_EXPIRED', `the hold of reservation "${hold.reservationId}" has lapsed`, [], {
      answer,
    });
  }
  const expiresAt = expiryOf(deps, event, request, now);
  if (request.holdExpiresAt === undefined || expiresAt <= hold.expiresAt) {
    return responseOf(event, hold);
  }
  const longer = { ...hold, expiresAt };
  const response = responseOf(event, longer);
  const buyer = await buyerOf(deps.store, hold);
  const seats = indexesOf(event, hold);
  await event.inTurn(seats, async () => {
    // Not as the map has them: the hold may have lapsed meanwhile, and the seat may be another's in the map.
    const own = await ownSeats(event, hold, seats);
    await writeHold(deps, event, seats, () => own.prolong(expiresAt), [
      putHold(longer, { version: item.version }),
      ...buyerWrites(buyer, longer, now),
      ...recorded(call, response),
    ]);
  });
  return response;
}

/** Writes a hold and its seats; where it fails, looks at the seats again before somebody else chooses. */
async function writeHold(
  deps: InventoryDeps,
  event: EventSeats,
  seats: readonly number[],
  change: () => SeatChange,
  writes: readonly Write[],
): Promise<void> {
  try {
    const { writes: seatWrites, written } = change();
    const { version } = await deps.store.transact([...seatWrites, ...writes]);
    written(version);
  } catch (error) {
    if (error instanceof ConditionFailed && (error.on(seatTable) || error.on(areaTable))) {
      await event.records.refresh(seats);
    }
    throw error;
  }
}

/**
 * Gives up what was decided by an event that is another by now: a sale that was paused meanwhile, seats or prices that
 * have changed.
 *
 * @throws ConditionFailed as if the event's revision were a condition of the hold.
 */
async function refuseFormer(deps: InventoryDeps, event: EventSeats): Promise<void> {
  const { id } = event.event;
  if ((await deps.events.get(id)) !== event) {
    throw new ConditionFailed([{ index: 0, table: eventTable.name, key: id }]);
  }
}

/** Whether the catalog asks, which holds seats for the organiser while it blocks them: neither sold nor counted. */
function isOrganiser({ caller }: Call): boolean {
  return caller.kind === 'service' && caller.id === 'catalog';
}

function refuseOverLimit(event: EventSeats, buyer: Buyer, wanted: number, now: number): void {
  const limit = event.event.perUserTicketLimit || DEFAULT_TICKET_LIMIT;
  const has = buyer === undefined ? 0 : seatsOf(buyer.item?.value ?? noHoldings, now);
  if (has + wanted > limit) {
    throw refuse(
      'QUOTA_EXCEEDED',
      `at most ${limit} tickets of this event for one user: ${has} held or bought, ${wanted} more wanted`,
      [{ field: 'quantity', reason: 'TICKET_LIMIT', value: String(wanted) }],
    );
  }
}

function refuseClosedSale(event: EventSeats, now: number): void {
  const state = saleStateAt(saleOf(event.event), now);
  if (state !== 'ON_SALE') {
    const why = {
      SCHEDULED: 'is not on sale yet',
      PAUSED: 'is paused',
      ENDED: 'is over',
      CANCELLED: 'is cancelled',
      SOLD_OUT: 'is sold out',
    };
    throw refuse('FAILED_PRECONDITION', `the sale of event "${event.event.id}" ${why[state]}`, [
      { field: 'event_id', reason: `SALE_${state}`, value: event.event.id },
    ]);
  }
}

/** When the hold is to lapse, as asked for or by the event's hold time. */
function expiryOf(deps: InventoryDeps, event: EventSeats, request: ReserveSeatRequest, now: number): number {
  const asked = msOf(request.holdExpiresAt);
  if (asked === undefined) {
    return now + (event.event.holdSeconds || deps.settings.holdSeconds()) * 1000;
  }
  const latest = now + deps.settings.maxHoldSeconds * 1000;
  if (asked <= now || asked > latest) {
    throw refuse(
      'FAILED_PRECONDITION',
      `hold_expires_at is ${new Date(asked).toISOString()}; expected a time from now to ${new Date(latest).toISOString()}`,
      [{ field: 'hold_expires_at', reason: 'HOLD_TIME', value: new Date(asked).toISOString() }],
    );
  }
  return asked;
}

function responseOf(event: EventSeats, hold: Hold): ReserveSeatResponse {
  return create(ReserveSeatResponseSchema, {
    holdId: `hold_${hold.reservationId}`,
    reservedSeats: seatsOfHold(event.seats, hold, SeatState.RESERVED),
    holdExpiresAt: timestampOf(hold.expiresAt),
    status: HoldStatus.ACTIVE,
  });
}
