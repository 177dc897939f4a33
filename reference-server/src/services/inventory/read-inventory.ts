import { create } from '@bufbuild/protobuf';
import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  type CheckAvailabilityRequest,
  type CheckAvailabilityResponse,
  CheckAvailabilityResponseSchema,
  type GetInventoryStatusRequest,
  type GetInventoryStatusResponse,
  GetInventoryStatusResponseSchema,
  type ListSeatsRequest,
  type ListSeatsResponse,
  ListSeatsResponseSchema,
  type SectionInventory,
  SectionInventorySchema,
} from '@traffic-tacos/contracts/reservation/v1';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import { SeatState } from '../../domain/inventory/seat-state.ts';
import { saleOf } from '../catalog/event-record.ts';
import { buyersEventOf } from '../catalog/summary.ts';
import { moneyOf } from '../shared/money.ts';
import { pageInfoOf, windowOf } from '../shared/paging.ts';
import { timestampOf } from '../shared/time.ts';
import type { InventoryDeps } from './deps.ts';
import type { EventSeats } from './event-seats.ts';
import { seatMessage } from './seat-message.ts';
import { bestSeats, namedSeats, sectionPosition } from './wanted-seats.ts';

/** What could be held at this moment. */
export async function checkAvailability(
  deps: InventoryDeps,
  request: CheckAvailabilityRequest,
): Promise<CheckAvailabilityResponse> {
  const event = await deps.events.get(request.eventId);
  const now = deps.clock();
  const section = request.seatIds.length > 0 ? undefined : sectionPosition(event, request.section);
  const onSale = saleStateAt(saleOf(event.event), now) === 'ON_SALE';
  const message = (seat: number) => seatMessage(event.seats, seat, SeatState.AVAILABLE);
  const remaining = positions(event, section).reduce(
    (sum, at) => sum + event.map.counts(at, now).available,
    0,
  );
  if (request.seatIds.length > 0) {
    const seats = namedSeats(event, request.seatIds);
    const free = seats.filter((seat) => event.map.stateOf(seat, now) === SeatState.AVAILABLE);
    return create(CheckAvailabilityResponseSchema, {
      available: onSale && free.length === seats.length,
      availableSeats: free.map(message),
      unavailableSeatIds: seats
        .filter((seat) => !free.includes(seat))
        .map((seat) => event.seats.seatAt(seat).id),
      remainingInSection: remaining,
    });
  }
  const quantity = request.quantity || 1;
  const chosen = bestSeats(event, quantity, section, now);
  return create(CheckAvailabilityResponseSchema, {
    available: onSale && chosen !== undefined,
    availableSeats: (chosen ?? fewerSeats(event, quantity, section, now)).map(message),
    remainingInSection: remaining,
  });
}

/** The most seats that could be had where as many as wanted cannot. */
function fewerSeats(
  event: EventSeats,
  quantity: number,
  section: number | undefined,
  now: number,
): readonly number[] {
  for (let fewer = quantity - 1; fewer > 0; fewer--) {
    const chosen = bestSeats(event, fewer, section, now);
    if (chosen !== undefined) {
      return chosen;
    }
  }
  return [];
}

/** Counts of an event by section and status. */
export async function getInventoryStatus(
  deps: InventoryDeps,
  request: GetInventoryStatusRequest,
): Promise<GetInventoryStatusResponse> {
  const event = await deps.events.get(request.eventId);
  const now = deps.clock();
  const sections = positions(event, sectionPosition(event, request.section)).map((at) =>
    sectionMessage(event, at, now),
  );
  const sum = (count: (section: SectionInventory) => number): number =>
    sections.reduce((total, section) => total + count(section), 0);
  const total = sum((section) => section.totalSeats);
  const available = sum((section) => section.availableSeats);
  const blocked = sum((section) => section.blockedSeats);
  const free = positions(event, undefined).reduce((all, at) => all + event.map.counts(at, now).available, 0);
  return create(GetInventoryStatusResponseSchema, {
    event: buyersEventOf(event.event, free),
    sections,
    stats: {
      totalSeats: total,
      availableSeats: available,
      reservedSeats: sum((section) => section.reservedSeats),
      soldSeats: sum((section) => section.soldSeats),
      blockedSeats: blocked,
      availabilityPercentage: total === blocked ? 0 : (100 * available) / (total - blocked),
      lastUpdated: timestampOf(now),
    },
  });
}

function sectionMessage(event: EventSeats, at: number, now: number): SectionInventory {
  const section = event.seats.layout.sections[at];
  const counts = event.map.counts(at, now);
  const { lowest, highest } = event.seats.prices[at] ?? { lowest: 0, highest: 0 };
  const { currency } = event.seats.layout;
  return create(SectionInventorySchema, {
    sectionId: section?.id ?? '',
    sectionName: section?.name ?? '',
    totalSeats: counts.total,
    availableSeats: counts.available,
    reservedSeats: counts.reserved,
    soldSeats: counts.sold,
    blockedSeats: counts.blocked,
    minPrice: moneyOf(lowest, currency),
    maxPrice: moneyOf(highest, currency),
  });
}

/** One section, or all of them, by position. */
function positions(event: EventSeats, section: number | undefined): readonly number[] {
  return section === undefined ? [...event.seats.rowsOf.keys()] : [section];
}

/** States by the status that a request filters for. */
const STATES: Readonly<Partial<Record<SeatStatus, SeatState>>> = {
  [SeatStatus.AVAILABLE]: SeatState.AVAILABLE,
  [SeatStatus.RESERVED]: SeatState.RESERVED,
  [SeatStatus.SOLD]: SeatState.SOLD,
  [SeatStatus.BLOCKED]: SeatState.BLOCKED,
};

/** Seats page by page, in the order of section, row and number. */
export async function listSeats(deps: InventoryDeps, request: ListSeatsRequest): Promise<ListSeatsResponse> {
  const event = await deps.events.get(request.eventId);
  const now = deps.clock();
  const section = sectionPosition(event, request.section);
  const list = ['seats', request.eventId, request.section, request.status].join('|');
  const window = windowOf(request.pagination, list);
  const [firstRow, endRow] =
    section === undefined ? [0, event.seats.rows.length] : (event.seats.rowsOf[section] ?? [0, 0]);
  const first = event.seats.rows[firstRow]?.start ?? 0;
  const end = event.seats.rows[endRow]?.start ?? event.seats.size;
  const wanted = STATES[request.status];
  let total: number;
  let page: number[];
  if (wanted === undefined) {
    total = end - first;
    const from = Math.min(end, first + window.offset);
    page = Array.from({ length: Math.min(window.size, end - from) }, (_, offset) => from + offset);
  } else {
    total = positions(event, section).reduce(
      (sum, at) => sum + countOf(event.map.counts(at, now), wanted),
      0,
    );
    page = [];
    for (let seat = first, matching = 0; seat < end && page.length < window.size; seat++) {
      if (event.map.stateOf(seat, now) === wanted && matching++ >= window.offset) {
        page.push(seat);
      }
    }
  }
  return create(ListSeatsResponseSchema, {
    seats: page.map((seat) => seatMessage(event.seats, seat, event.map.stateOf(seat, now))),
    pageInfo: pageInfoOf(window, total, list),
  });
}

function countOf(counts: ReturnType<EventSeats['map']['counts']>, state: SeatState): number {
  switch (state) {
    case SeatState.AVAILABLE:
      return counts.available;
    case SeatState.RESERVED:
      return counts.reserved;
    case SeatState.SOLD:
      return counts.sold;
    case SeatState.BLOCKED:
      return counts.blocked;
  }
}
