import type { Client, ServiceImpl } from '@connectrpc/connect';
import type { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { callOf } from '@traffic-tacos/server';
import type { Registry } from 'prom-client';
import { seatMapTokens, type TokenSecret } from '../../domain/token/index.ts';
import type { Feed } from '../../feed/index.ts';
import type { Store } from '../../store/index.ts';
import { eventSource } from '../catalog/event-source.ts';
import type { Alarms } from '../shared/alarms.ts';
import type { Clock } from '../shared/time.ts';
import { commitReservation } from './commit-reservation.ts';
import type { InventoryDeps, InventorySettings } from './deps.ts';
import { eventSeatsCache } from './event-seats.ts';
import { checkAvailability, getInventoryStatus, listSeats } from './read-inventory.ts';
import { releaseHold } from './release-hold.ts';
import { reserveSeat } from './reserve-seat.ts';
import { returnSeats } from './return-seats.ts';
import { seatMetrics } from './seat-metrics.ts';
import { seatWatches } from './seat-watches.ts';
import { watchSeats } from './watch-seats.ts';

export type { InventorySettings } from './deps.ts';
export { areaTable, buyerTable, holdTable, seatTable } from './tables.ts';

/** The inventory: who has which seat. */
export function inventoryService(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly catalog: Client<typeof CatalogService>;
  /** Tells of events that have changed; without, an event is at most a second old. */
  readonly feed?: Feed;
  readonly settings: InventorySettings;
  readonly alarms: Alarms;
  /** Signs what readers of live seat maps go on from: the first signs, any verifies. */
  readonly secrets: readonly TokenSecret[];
  /** Changes of one event's seats that are kept for those who watch. Default: 16,384. */
  readonly changesKept?: number;
  /** Where figures of the seats are shown. Default: nowhere. */
  readonly registry?: Registry;
  /** Is told of what is kept in memory to answer faster. */
  readonly caches?: { push(cache: { readonly service: string; clear(): number }): unknown };
}): Partial<ServiceImpl<typeof InventoryService>> {
  const source = eventSource(options);
  const deps: InventoryDeps = { ...options, events: eventSeatsCache({ ...options, source }) };
  if (options.registry !== undefined) {
    seatMetrics(options.registry, deps.events, options.clock);
  }
  options.caches?.push({ service: 'inventory', clear: () => deps.events.clear() });
  const watching = {
    ...options,
    watches: seatWatches({ ...options, events: deps.events }),
    tokens: seatMapTokens(options.secrets),
  };
  return {
    checkAvailability: (request) => checkAvailability(deps, request),
    reserveSeat: (request, context) => reserveSeat(deps, request, callOf(context)),
    commitReservation: (request, context) => commitReservation(deps, request, callOf(context)),
    releaseHold: (request, context) => releaseHold(deps, request, callOf(context)),
    returnSeats: (request, context) => returnSeats(deps, request, callOf(context)),
    getInventoryStatus: (request) => getInventoryStatus(deps, request),
    listSeats: (request) => listSeats(deps, request),
    watchSeats: (request, context) => watchSeats(watching, request, context),
  };
}
