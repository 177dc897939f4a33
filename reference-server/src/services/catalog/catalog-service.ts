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
  UpdateEventResponseSchema,
} from '@traffic-tacos/contracts/catalog/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { type Caller, callOf, refuse } from '@traffic-tacos/server';
import { saleStateAt } from '../../domain/catalog/sale.ts';
import { seatIndex } from '../../domain/inventory/seat-index.ts';
import { ConditionFailed, put, type Store } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { newId } from '../shared/new-id.ts';
import { pageInfoOf, windowOf } from '../shared/paging.ts';
import { recorded } from '../shared/recorded.ts';
import { type Clock, msOf, timestampOf } from '../shared/time.ts';
import { checkEvent } from './check-event.ts';
import { eventOf, eventTable, recordOf, saleOf, statusOf, withoutLayout } from './event-record.ts';
import { cachedEvents } from './events.ts';
import { keepingBlocked } from './keep-blocked.ts';
import { layoutOf } from './layout-of.ts';
import { summaryOf } from './summary.ts';
import { updatedEvent } from './update.ts';

/** Milliseconds an event may be read from memory although another process could have changed it. */
const MAX_AGE_MS = 1_000;

/** Events that one list looks through. Catalogs are small: nobody sells tickets for more events than this at once. */
const MAX_LISTED = 1_000;

/** The catalog: what is sold, as its organiser describes it. */
export function catalogService(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly inventory: Client<typeof InventoryService>;
}): Partial<ServiceImpl<typeof CatalogService>> {
  const { store, clock, inventory } = deps;
  const events = cachedEvents({ store, clock, maxAgeMs: MAX_AGE_MS });

  const freeSeats = async (eventId: string): Promise<number> =>
    (await inventory.getInventoryStatus({ eventId })).stats?.availableSeats ?? 0;

  /** The event with where its sale stands now. The inventory asks too, and is not asked back. */
  const asOfNow = async (event: Event, caller: Caller): Promise<Event> => {
    const free = isInventory(caller) ? undefined : await freeSeats(event.id);
    return { ...event, status: statusOf(saleStateAt(saleOf(event), clock(), free)) };
  };

  return {
    async createEvent(request, context) {
      const call = callOf(context);
      const now = clock();
      const event = clone(EventSchema, request.event ?? create(EventSchema));
      const seats = checkEvent(event);
      event.id ||= newId('evt');
      event.totalSeats = seats.size;
      event.revision = 1n;
      event.createdAt = timestampOf(now);
      event.updatedAt = timestampOf(now);
      setSectionTotals(event);
      const response = create(CreateEventResponseSchema, {
        event: { ...withoutLayout(event), status: statusOf(saleStateAt(saleOf(event), now)) },
      });
      try {
        await store.transact([
          put(eventTable, event.id, recordOf(event), { if: 'absent' }),
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
      events.changed(event.id);
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
          await events.get(id);
        }
        const current = item && eventOf(item.value);
        if (item === undefined || current === undefined) {
          throw refuse('CONCURRENT_MODIFICATION', `event "${id}" was just created; try again`);
        }
        const next = updatedEvent(current, request, now);
        next.totalSeats = checkEvent(next).size;
        next.updatedAt = timestampOf(now);
        setSectionTotals(next);
        return keepingBlocked({ inventory, clock }, { current, next }, async () => {
          const response = create(UpdateEventResponseSchema, {
            event: {
              ...withoutLayout(next),
              status: statusOf(saleStateAt(saleOf(next), now, await freeSeats(id))),
            },
          });
          await store.transact([
            put(eventTable, id, recordOf(next), { if: { version: item.version } }),
            ...recorded(call, response),
          ]);
          events.changed(id);
          return response;
        });
      });
    },

    async getEvent(request, context) {
      const { full, short } = await events.get(request.eventId);
      const event = await asOfNow(request.includeLayout ? full : short, callOf(context).caller);
      return create(GetEventResponseSchema, { event });
    },

    async listEvents(request) {
      const now = clock();
      const filters = [
        request.statuses.join(),
        msOf(request.startTimeFrom),
        msOf(request.startTimeBefore),
      ].join('|');
      const window = windowOf(request.pagination, `events|${filters}`);
      const before = msOf(request.startTimeBefore);
      const found = await store.query(eventTable, 'by_start', {
        partition: 'all',
        limit: MAX_LISTED,
        ...(request.startTimeFrom && { from: msOf(request.startTimeFrom) ?? 0 }),
        ...(before !== undefined && { to: before - 1 }),
      });
      const summary = async (key: string): Promise<EventSummary[]> => {
        const stored = await events.find(key);
        return stored === undefined ? [] : [summaryOf(stored.full, await freeSeats(key), now)];
      };
      const keys = found.items.map(({ key }) => key);
      const list = `events|${filters}`;
      if (request.statuses.length === 0) {
        const page = keys.slice(window.offset, window.offset + window.size);
        return create(ListEventsResponseSchema, {
          events: (await Promise.all(page.map(summary))).flat(),
          pageInfo: pageInfoOf(window, keys.length, list),
        });
      }
      const wanted = (await Promise.all(keys.map(summary)))
        .flat()
        .filter(({ status }) => request.statuses.includes(status));
      return create(ListEventsResponseSchema, {
        events: wanted.slice(window.offset, window.offset + window.size),
        pageInfo: pageInfoOf(window, wanted.length, list),
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
