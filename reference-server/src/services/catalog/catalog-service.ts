import { clone, create } from '@bufbuild/protobuf';
import type { Client, ServiceImpl } from '@connectrpc/connect';
import {
  type CatalogService,
  CreateEventResponseSchema,
  type Event,
  EventSchema,
  type EventSummary,
  GetEventResponseSchema,
  ListEventsResponseSchema,
  SaleStatus,
  UpdateEventResponseSchema,
} from '@traffic-tacos/contracts/catalog/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { type Caller, callOf, refuse } from '@traffic-tacos/server';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import { seatIndex } from '../../domain/inventory/seat-index.ts';
import type { Feed } from '../../feed/index.ts';
import { ConditionFailed, put, type Store } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { filteredPage } from '../shared/filtered-page.ts';
import { newId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { type Clock, msOf, timestampOf } from '../shared/time.ts';
import { checkEvent } from './check-event.ts';
import { eventChanges } from './event-changes.ts';
import { eventOf, eventTable, recordOf, saleOf, statusOf, withoutLayout } from './event-record.ts';
import { cachedEvents } from './events.ts';
import { freeSeatsOf } from './free-seats.ts';
import { keepingBlocked } from './keep-blocked.ts';
import { layoutOf } from './layout-of.ts';
import { seeded, shownPreQueue } from './pre-queue.ts';
import { summaryOf } from './summary.ts';
import { updatedEvent } from './update.ts';

/** Milliseconds an event may be read from memory although another process could have changed it. */
const MAX_AGE_MS = 1_000;

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
      const event = clone(EventSchema, request.event ?? create(EventSchema));
      const seats = checkEvent(event);
      const seed = seeded(event, undefined);
      event.id ||= newId('evt');
      event.totalSeats = seats.size;
      event.revision = 1n;
      event.createdAt = timestampOf(now);
      event.updatedAt = timestampOf(now);
      setSectionTotals(event);
      const response = create(CreateEventResponseSchema, {
        event: {
          ...withoutLayout(event),
          ...shownPreQueue(event, seed, now),
          status: statusOf(saleStateAt(saleOf(event), now)),
        },
      });
      try {
        await store.transact([
          put(eventTable, event.id, recordOf(event, seed), { if: 'absent' }),
          ...recorded(call, response),
        ]);
      } catch (error) {
        if (error instanceof ConditionFailed && error.on(eventTable)) {
          throw refuse(
            'ALREADY_EXISTS',
            `there is an event "${event.id}" already; choose another id or update it`,
            [{ field: 'event.id', reason: 'EVENT_EXISTS', value: event.id }],
          );
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
        const item = await store.get(eventTable, id);
        if (item === undefined) {
          events.changed(id);
          await events.get(id, 'event.id');
        }
        const current = item && eventOf(item.value);
        if (item === undefined || current === undefined) {
          throw refuse('CONCURRENT_MODIFICATION', `event "${id}" was just created; try again`);
        }
        const next = updatedEvent(current, request, now);
        next.totalSeats = checkEvent(next).size;
        const seed = seeded(next, current.preQueue && item.value.seed);
        next.updatedAt = timestampOf(now);
        setSectionTotals(next);
        return keepingBlocked({ inventory, clock }, { current, next }, async () => {
          const response = create(UpdateEventResponseSchema, {
            event: {
              ...withoutLayout(next),
              ...shownPreQueue(next, seed, now),
              status: statusOf(saleStateAt(saleOf(next), now, await freeSeats(id))),
            },
          });
          await store.transact([
            put(eventTable, id, recordOf(next, seed), { if: { version: item.version } }),
            ...recorded(call, response),
          ]);
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

/** Writes the number of places of each section into it. */
function setSectionTotals(event: Event): void {
  const seats = seatIndex(layoutOf(event));
  event.sections.forEach((section, position) => {
    const [from, to] = seats.rowsOf[position] ?? [0, 0];
    section.totalSeats = seats.rows.slice(from, to).reduce((sum, row) => sum + row.count, 0);
  });
}
