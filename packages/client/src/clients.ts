import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { AdminService } from '@traffic-tacos/contracts/common/v1';
import {
  GatewayService,
  QueueService,
  WebhookService,
  WebSocketService,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService, WorkerService } from '@traffic-tacos/contracts/reservation/v1';

/** A typed client of every service. */
export interface TacosClients {
  /** The waiting room. */
  readonly queue: Client<typeof QueueService>;
  /** Everything a buyer needs after it, in one service. */
  readonly gateway: Client<typeof GatewayService>;
  /** Events, their venues and prices. */
  readonly catalog: Client<typeof CatalogService>;
  readonly reservations: Client<typeof ReservationService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly payments: Client<typeof PaymentService>;
  readonly worker: Client<typeof WorkerService>;
  readonly admin: Client<typeof AdminService>;
  readonly webhooks: Client<typeof WebhookService>;
  /** Streams of what changes: places in line, reservations, payments. */
  readonly updates: Client<typeof WebSocketService>;
}

/**
 * Clients of every service over one transport. With a transport made by `withPolicies` and {@link errors} they obey
 * the contract's policies and throw TacosErrors; `createTacosClient` of `/node` and `/web` puts all of it together.
 */
export function createClients(transport: Transport): TacosClients {
  return {
    queue: createClient(QueueService, transport),
    gateway: createClient(GatewayService, transport),
    catalog: createClient(CatalogService, transport),
    reservations: createClient(ReservationService, transport),
    inventory: createClient(InventoryService, transport),
    payments: createClient(PaymentService, transport),
    worker: createClient(WorkerService, transport),
    admin: createClient(AdminService, transport),
    webhooks: createClient(WebhookService, transport),
    updates: createClient(WebSocketService, transport),
  };
}
