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

/** Every service that `@traffic-tacos/client` has a client of. */
export const services = [
  ...[CatalogService, AdminService, GatewayService, QueueService, WebhookService, WebSocketService],
  ...[PaymentService, InventoryService, ReservationService, WorkerService],
];
