import type { Client } from '@connectrpc/connect';
import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { ErrorCodeSchema, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import { descriptorSet } from '@traffic-tacos/contracts/descriptor';
import { InventoryService } from '@traffic-tacos/contracts/reservation/v1';
import {
  createLocalTransport,
  createServer,
  errorModel,
  service,
  serviceCaller,
} from '@traffic-tacos/server';
import { pino } from 'pino';
import { storedIdempotency } from '../../reference-server/src/idempotency-store.ts';
import { catalogService } from '../../reference-server/src/services/catalog/index.ts';
import { inventoryService } from '../../reference-server/src/services/inventory/index.ts';
import { alarms } from '../../reference-server/src/services/shared/alarms.ts';
import type { Store } from '../../reference-server/src/store/index.ts';

/** The two services that a hold involves, called within the process: with every policy, without sockets. */
export interface Services {
  readonly catalog: Client<typeof CatalogService>;
  readonly inventory: Client<typeof InventoryService>;
  close(): Promise<void>;
}

/** The services on a store. */
export function servicesOn(store: Store): Services {
  const local = createLocalTransport();
  const clock = Date.now;
  const as = (name: string) => ({ as: serviceCaller(name) });
  const server = createServer({
    services: [
      service(
        CatalogService,
        catalogService({ store, clock, inventory: local.client(InventoryService, as('catalog')) }),
      ),
      service(
        InventoryService,
        inventoryService({
          store,
          clock,
          catalog: local.client(CatalogService, as('inventory')),
          alarms: alarms(clock),
          secrets: ['a secret of at least thirty-two bytes'],
          settings: { holdSeconds: () => 60, maxHoldSeconds: 1_800 },
        }),
      ),
    ],
    local,
    clock,
    logger: pino({ level: 'silent' }),
    descriptors: descriptorSet(),
    errors: errorModel({ error: ErrorSchema, codes: ErrorCodeSchema }),
    idempotency: storedIdempotency(store),
    policies: () => ({ deadlineMs: 60_000 }),
  });
  return {
    catalog: local.client(CatalogService, {
      as: { kind: 'admin', id: 'operator', scopes: [], actsForAnyone: true },
    }),
    inventory: local.client(InventoryService, as('reservation')),
    close: () => server.close(),
  };
}
