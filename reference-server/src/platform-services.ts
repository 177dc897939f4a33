import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { AdminService } from '@traffic-tacos/contracts/common/v1';
import { GatewayService, QueueService, WebSocketService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService, WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import {
  type Authenticate,
  clientAddress,
  type ServiceRegistration,
  service,
  serviceCaller,
} from '@traffic-tacos/server';
import type { Registry } from 'prom-client';
import type { Administration } from './administration.ts';
import type { Settings } from './config/index.ts';
import { asCause, type Feed } from './feed/index.ts';
import { secretTable } from './kept-secret.ts';
import type { OutgoingWebhooks } from './outgoing-webhooks.ts';
import type { Pressure } from './pressure.ts';
import type { Queue } from './queue/index.ts';
import type { Cache } from './services/admin/index.ts';
import { catalogService, queueEventOf } from './services/catalog/index.ts';
import { gatewayService, type ServiceState } from './services/gateway/index.ts';
import { inventoryService } from './services/inventory/index.ts';
import { isPaid, type PaymentDeps, paymentService, takeInResult } from './services/payment/index.ts';
import { queueService, queueServiceOptions } from './services/queue/index.ts';
import { openHolds, type ReservationDeps, reservationService } from './services/reservation/index.ts';
import type { Alarms } from './services/shared/alarms.ts';
import type { Clients } from './services/shared/behind.ts';
import { webhookService } from './services/webhook/index.ts';
import { webSocketService } from './services/websocket/index.ts';
import { type WorkerDeps, type WorkerLoop, workerService } from './services/worker/index.ts';
import type { Store } from './store/index.ts';

/** What the services of one process are made of. */
export interface PlatformParts {
  readonly store: Store;
  readonly local: Clients;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly settings: Readonly<Settings>;
  /** Sign tokens, the newest first. */
  readonly secrets: readonly string[];
  readonly authenticate: Authenticate | undefined;
  readonly alarms: Alarms;
  readonly feed: Feed;
  readonly queue: Queue;
  readonly pressure: Pressure;
  readonly webhooks: OutgoingWebhooks;
  readonly payment: PaymentDeps;
  readonly reservation: ReservationDeps;
  readonly worker: WorkerDeps;
  readonly loop: WorkerLoop;
  readonly administration: Administration;
  readonly storeAnswers: () => Promise<boolean>;
  /** Where figures are shown. */
  readonly registry: Registry;
  readonly version: string;
}

/** Every service, each reaching the others through their contracts. */
export function platformServices(parts: PlatformParts): readonly ServiceRegistration[] {
  const {
    store,
    local,
    clock,
    settings,
    secrets,
    authenticate,
    alarms,
    feed,
    queue,
    pressure,
    webhooks,
    payment,
    reservation,
    worker,
    loop,
    administration,
    storeAnswers,
    version,
  } = parts;
  const as = (name: string) => ({ as: serviceCaller(name) });
  const health = async (): Promise<Record<string, ServiceState>> => {
    const stored = await storeAnswers();
    const state = (healthy: boolean): ServiceState => ({ healthy, version });
    return {
      catalog: state(stored),
      queue: state(stored),
      inventory: state(stored),
      reservation: state(stored),
      payment: state(stored),
      worker: state(stored && loop.isWell()),
    };
  };
  const caches: Cache[] = [];
  return [
    service(
      CatalogService,
      catalogService({ store, clock, feed, inventory: local.client(InventoryService, as('catalog')) }),
    ),
    service(
      InventoryService,
      inventoryService({
        store,
        clock,
        feed,
        catalog: local.client(CatalogService, as('inventory')),
        caches,
        registry: parts.registry,
        settings: {
          holdSeconds: () => settings.holdSeconds,
          get maxHoldSeconds() {
            return MAX_HOLD_SECONDS + settings.maxExtensionSeconds;
          },
        },
        alarms,
        secrets,
      }),
    ),
    service(
      QueueService,
      queueService({
        queue,
        clock,
        secrets,
        eventOf: queueEventOf(local.client(CatalogService, as('queue'))),
        addressOf: clientAddress(settings.trustedProxies),
      }),
      queueServiceOptions,
    ),
    service(ReservationService, asCause(pressure.watched(reservationService(reservation)))),
    service(PaymentService, asCause(pressure.watched(paymentService(payment)))),
    service(WorkerService, asCause(workerService(worker))),
    service(
      GatewayService,
      gatewayService({
        local,
        clock,
        authenticate,
        services: health,
      }),
    ),
    service(
      WebSocketService,
      webSocketService({
        clock,
        alarms,
        feed,
        store,
        local,
        queue,
        secrets,
        eventOf: queueEventOf(local.client(CatalogService, as('queue'))),
        maintenanceSince: administration.maintenanceSince,
      }),
    ),
    webhookService({
      store,
      clock,
      reservations: local.client(ReservationService, as('webhook')),
      worker: local.client(WorkerService, as('webhook')),
      takeIn: (news, record) => takeInResult(payment, news, record),
      ...webhooks.service,
    }),
    service(
      AdminService,
      administration.service({
        queue,
        worker: loop,
        readStore: () => store.get(secretTable, 'queue-tokens'),
        isStoreWell: storeAnswers,
        caches,
        holds: (wanted) => openHolds(reservation, wanted),
        isPaid: (reservationId) => isPaid(payment, reservationId),
      }),
    ),
  ];
}

/** The longest hold an event may ask for: the contract's limit of `hold_seconds`. */
const MAX_HOLD_SECONDS = 1800;
