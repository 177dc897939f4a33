import { create, toBinary } from '@bufbuild/protobuf';
import type { Client, ServiceImpl } from '@connectrpc/connect';
import {
  type CatalogService,
  type CreateEventResponse,
  CreateEventResponseSchema,
  type Event,
  EventSchema,
  type EventSummary,
  GetEventResponseSchema,
  ListEventsResponseSchema,
  SaleStatus,
  type Section,
  type UpdateEventResponse,
  UpdateEventResponseSchema,
} from '@traffic-tacos/contracts/catalog/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { type Call, type Caller, callOf, refuse } from '@traffic-tacos/server';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import type { SeatIndex } from '../../domain/inventory/seat-index.ts';
import type { Feed } from '../../feed/index.ts';
import { ConditionFailed, type Store, type Write } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { filteredPage } from '../shared/filtered-page.ts';
import { newId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { type Clock, msOf, timestampOf } from '../shared/time.ts';
import { checkEvent } from './check-event.ts';
import { eventChanges } from './event-changes.ts';
import { eventTable, refuseLarge, saleOf, statusOf, withoutLayout } from './event-record.ts';
import { cachedEvents } from './events.ts';
import { freeSeatsOf } from './free-seats.ts';
import { keepingBlocked } from './keep-blocked.ts';
import { seeded, shownPreQueue } from './pre-queue.ts';
import { summaryOf } from './summary.ts';
import { updatedEvent } from './update.ts';
import { writeEvent } from './write-event.ts';

/** Milliseconds an event may be read from memory although another process could have changed it. */
const MAX_AGE_MS = 500;

/** The catalog: what is sold, as its organiser describes it. */
export function catalogService(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly inventory: Client<typeof InventoryService>;
  /** Where others hear of events that have changed. */
  readonly feed?: Feed;
}): Partial<ServiceImpl<typeof CatalogService>> {
  const { store, clock, inventory, feed } = deps;
  const events = cachedEvents({ store, clock, maxAgeMs: MAX_AGE_MS });

  /** Answers by what was just written from now on, and has the others know. */
  const changed = async ({ id, revision }: Event): Promise<void> => {
    events.changed(id);
    await feed?.tell(eventChanges, { id, revision: String(revision) });
  };

  const freeSeats = freeSeatsOf(inventory);

  /** The event with where its sale stands now. The inventory asks too, and is not asked back. */
  const asOfNow = async (event: Event, seed: string | undefined, caller: Caller): Promise<Event> => {
    const free = isInventory(caller) ? undefined : await freeSeats(event.id);
    const now = clock();
    const status = statusOf(saleStateAt(saleOf(event), now, free));
    return { ...event, ...shownPreQueue(event, seed, now), status };
  };

  return {
    async createEvent(request, context) {
      const call = callOf(context);
      const now = clock();
      const event: Event = { ...(request.event ?? create(EventSchema)) };
      event.id ||= newId('evt');
      if (await events.find(event.id)) {
        throw alreadyExists(event.id);
      }
      const seats = await checkEvent(event);
      const seed = seeded(event, undefined);
      event.totalSeats = seats.size;
      event.sections = withTotals(event.sections, seats);
      event.revision = 1n;
      event.createdAt = timestampOf(now);
      event.updatedAt = timestampOf(now);
      const response = create(CreateEventResponseSchema, {
        event: {
          ...withoutLayout(event),
          ...shownPreQueue(event, seed, now),
          status: statusOf(saleStateAt(saleOf(event), now)),
        },
      });
      try {
        await writeEvent(deps, { event, seed, also: recordedAnswer(call, response) });
      } catch (error) {
        if (error instanceof ConditionFailed && error.on(eventTable)) {
          throw alreadyExists(event.id);
        }
        throw error;
      }
      await changed(event);
      return response;
    },

    async updateEvent(request, context) {
      const call = callOf(context);
      const id = request.event?.id ?? '';
      return contended(`event ${id}`, async () => {
        const now = clock();
        // Not as it may be remembered: the change is made to this very revision.
        events.changed(id);
        const former = await events.get(id, 'event.id');
        const current = former.full;
        const next = updatedEvent(current, request, now);
        if (hasOtherSeats(current, next)) {
          const seats = await checkEvent(next);
          next.totalSeats = seats.size;
          if (next.sections !== current.sections) {
            next.sections = withTotals(next.sections, seats);
          }
        }
        const seed = seeded(next, current.preQueue && former.seed);
        next.updatedAt = timestampOf(now);
        return keepingBlocked({ inventory, clock }, { current, next }, async () => {
          const response = create(UpdateEventResponseSchema, {
            event: {
              ...withoutLayout(next),
              ...shownPreQueue(next, seed, now),
              status: statusOf(saleStateAt(saleOf(next), now, await freeSeats(id))),
            },
          });
          await writeEvent(deps, { event: next, seed, former, also: recordedAnswer(call, response) });
          await changed(next);
          return response;
        });
      });
    },

    async getEvent(request, context) {
      const { full, short, seed } = await events.get(request.eventId);
      const event = await asOfNow(request.includeLayout ? full : short, seed, callOf(context).caller);
      return create(GetEventResponseSchema, { event });
    },

    async listEvents(request) {
      const now = clock();
      const from = msOf(request.startTimeFrom);
      const before = msOf(request.startTimeBefore);
      const { statuses, pagination } = request;
      const summary = async (id: string): Promise<EventSummary | undefined> => {
        const stored = await events.find(id);
        return stored && summaryOf(stored.full, await freeSeats(id), now);
      };
      const page = await filteredPage({
        pagination,
        list: `events|${[statuses.join(), from, before].join('|')}`,
        read: async (limit, cursor) => {
          const found = await store.query(eventTable, 'by_start', {
            partition: 'all',
            limit,
            ...(cursor !== undefined && { cursor }),
            ...(from !== undefined && { from }),
            ...(before !== undefined && { to: before - 1 }),
          });
          return { ...found, items: found.items.map((item) => ({ ...item, value: item.key })) };
        },
        matches: async (id) =>
          statuses.length === 0 || statuses.includes((await summary(id))?.status ?? SaleStatus.UNSPECIFIED),
      });
      const listed = await Promise.all(page.items.map(summary));
      return create(ListEventsResponseSchema, {
        events: listed.filter((each) => each !== undefined),
        pageInfo: page.info,
      });
    },
  };
}

function isInventory(caller: Caller): boolean {
  return caller.kind === 'service' && caller.id === 'inventory';
}

function alreadyExists(id: string): Error {
  return refuse('ALREADY_EXISTS', `there is an event "${id}" already; choose another id or update it`, [
    { field: 'event.id', reason: 'EVENT_EXISTS', value: id },
  ]);
}

/** Whether what is said of an event as a whole could be another than before. */
function hasOtherSeats(current: Event, next: Event): boolean {
  return (
    next.sections !== current.sections ||
    next.priceTiers !== current.priceTiers ||
    next.blockedSeatIds !== current.blockedSeatIds
  );
}

/** The sections with the number of their places. */
function withTotals(sections: readonly Section[], seats: SeatIndex): Section[] {
  return sections.map((section, position) => {
    const [from, to] = seats.rowsOf[position] ?? [0, 0];
    const totalSeats = seats.rows.slice(from, to).reduce((sum, row) => sum + row.count, 0);
    return { ...section, totalSeats };
  });
}

/** The answer under the call's idempotency key, which is one item as well. */
function recordedAnswer(call: Call, response: CreateEventResponse | UpdateEventResponse): Write[] {
  if (call.idempotency !== undefined && response.event !== undefined) {
    const { length } = toBinary(EventSchema, response.event);
    refuseLarge(Math.ceil(length / 3) * 4, 'event.sections', 'sections, or shorter names of sections');
  }
  return recorded(call, response);
}
