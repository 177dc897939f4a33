import type { Client, ServiceImpl } from '@connectrpc/connect';
import type { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import type { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import { callOf } from '@traffic-tacos/server';
import type { Store } from '../../store/index.ts';
import type { Clock } from '../shared/time.ts';
import { commitReservation } from './commit-reservation.ts';
import type { InventoryDeps, InventorySettings } from './deps.ts';
import { eventSeatsCache } from './event-seats.ts';
import { checkAvailability, getInventoryStatus, listSeats } from './read-inventory.ts';
import { releaseHold } from './release-hold.ts';
import { reserveSeat } from './reserve-seat.ts';
import { returnSeats } from './return-seats.ts';

export type { InventorySettings } from './deps.ts';
export { buyerTable, holdTable, seatTable } from './tables.ts';

/** The inventory: who has which seat. */
export function inventoryService(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly catalog: Client<typeof CatalogService>;
  readonly settings: InventorySettings;
}): Partial<ServiceImpl<typeof InventoryService>> {
  const deps: InventoryDeps = { ...options, events: eventSeatsCache(options) };
  return {
    checkAvailability: (request) => checkAvailability(deps, request),
    reserveSeat: (request, context) => reserveSeat(deps, request, callOf(context)),
    commitReservation: (request, context) => commitReservation(deps, request, callOf(context)),
    releaseHold: (request, context) => releaseHold(deps, request, callOf(context)),
    returnSeats: (request, context) => returnSeats(deps, request, callOf(context)),
    getInventoryStatus: (request) => getInventoryStatus(deps, request),
    listSeats: (request) => listSeats(deps, request),
  };
}
