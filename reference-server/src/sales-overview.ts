import { randomBytes } from 'node:crypto';
import type { Client } from '@connectrpc/connect';
import { CatalogService, type EventSummary, SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import {
  type Caller,
  createLocalTransport,
  createServer,
  service,
  serviceCaller,
} from '@traffic-tacos/server';
import { pino } from 'pino';
import { openEmbeddedQueue } from './queue/embedded/index.ts';
import { defaultQueueTimes, type QueueStats } from './queue/index.ts';
import { catalogService } from './services/catalog/index.ts';
import { inventoryService } from './services/inventory/index.ts';
import { alarms } from './services/shared/alarms.ts';
import type { Store } from './store/index.ts';

/** Where the sale of one event stands: seats, and people in its line. */
export interface SaleOverview {
  readonly id: string;
  readonly name: string;
  /** `ON_SALE`, `SOLD_OUT`, `PAUSED`, … */
  readonly status: string;
  readonly total: number;
  readonly free: number;
  readonly held: number;
  readonly sold: number;
  readonly blocked: number;
  readonly waiting: number;
  /** Let in, and choosing or paying. */
  readonly active: number;
  /** Let in since the line opened. */
  readonly admitted: number;
}

/** Milliseconds that a large arena may take on a busy machine. */
const PATIENCE_MS = 30_000;

/**
 * Where the sales of a data folder stand, as the services of the platform count them.
 *
 * @param store Is only read.
 * @param ids Events to look at; all where none are given.
 * @throws Error for an id that is not known.
 */
export async function salesOverview(
  store: Store,
  clock: () => number,
  ids: readonly string[],
): Promise<readonly SaleOverview[]> {
  const { catalog, inventory, close } = services(store, clock);
  try {
    const events = await allEvents(catalog);
    const unknown = ids.filter((id) => !events.some(({ event }) => event?.id === id));
    if (unknown.length > 0) {
      const known = events.map(({ event }) => event?.id ?? '').join(', ');
      throw new Error(
        `there is no event ${unknown.join(', ')}; there ${known === '' ? 'are none' : `is ${known}`}`,
      );
    }
    const lines = await linesOf(store, clock);
    const wanted = events.filter(({ event }) => ids.length === 0 || ids.includes(event?.id ?? ''));
    return await Promise.all(
      wanted.map(async (summary) => {
        const eventId = summary.event?.id ?? '';
        const { stats } = await inventory.getInventoryStatus({ eventId });
        return overviewOf(summary, stats, lines.get(eventId));
      }),
    );
  } finally {
    await close();
  }
}

async function allEvents(catalog: Client<typeof CatalogService>): Promise<readonly EventSummary[]> {
  const events: EventSummary[] = [];
  for (let cursor = '', more = true; more; ) {
    const page = await catalog.listEvents({ pagination: { pageSize: 100, cursor } });
    events.push(...page.events);
    cursor = page.pageInfo?.nextCursor ?? '';
    more = cursor !== '';
  }
  return events;
}

/** The services that count, without a port. */
function services(store: Store, clock: () => number) {
  const local = createLocalTransport();
  const server = createServer({
    logger: pino({ level: 'silent' }),
    clock,
    local,
    policies: () => ({ deadlineMs: PATIENCE_MS }),
    services: [
      service(
        CatalogService,
        catalogService({
          store,
          clock,
          inventory: local.client(InventoryService, { as: serviceCaller('catalog') }),
        }),
      ),
      service(
        InventoryService,
        inventoryService({
          store,
          clock,
          catalog: local.client(CatalogService, { as: serviceCaller('inventory') }),
          // Of no concern to who only counts.
          settings: { holdSeconds: () => 1, maxHoldSeconds: 1 },
          alarms: alarms(clock),
          secrets: [randomBytes(32).toString('hex')],
        }),
      ),
    ],
  });
  return {
    catalog: local.client(CatalogService, { as: operator }),
    inventory: local.client(InventoryService, { as: operator }),
    close: () => server.close({ graceMs: 0 }),
  };
}

/** The lines as they are kept; who has lapsed is in them until the server has removed them. */
async function linesOf(store: Store, clock: () => number): Promise<ReadonlyMap<string, QueueStats>> {
  const queue = await openEmbeddedQueue({
    store,
    clock,
    tickMs: 0,
    settings: {
      ...defaultQueueTimes,
      admissionRatePerMinute: () => 0,
      maxActiveBuyers: () => 0,
      maxWaiting: () => 0,
    },
    onFailure: () => undefined,
  });
  const stats = await queue.stats();
  await queue.close();
  return new Map(stats.map((line) => [line.eventId, line]));
}

type Stats = Awaited<ReturnType<ReturnType<typeof services>['inventory']['getInventoryStatus']>>['stats'];

function overviewOf(
  { event, status }: EventSummary,
  stats: Stats,
  line: QueueStats | undefined,
): SaleOverview {
  return {
    id: event?.id ?? '',
    name: event?.name ?? '',
    status: SaleStatus[status] ?? String(status),
    total: stats?.totalSeats ?? 0,
    free: stats?.availableSeats ?? 0,
    held: stats?.reservedSeats ?? 0,
    sold: stats?.soldSeats ?? 0,
    blocked: stats?.blockedSeats ?? 0,
    waiting: line?.waiting ?? 0,
    active: line?.active ?? 0,
    admitted: line?.admitted ?? 0,
  };
}

/** Whoever reads the data folder. */
const operator: Caller = { kind: 'admin', id: 'operator', scopes: [], actsForAnyone: true };
