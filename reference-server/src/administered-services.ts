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

/** The services that operators know by name. */
export const administered = [
  GatewayService,
  QueueService,
  CatalogService,
  InventoryService,
  ReservationService,
  PaymentService,
  WorkerService,
  WebSocketService,
  WebhookService,
  AdminService,
];
