import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { GatewayService, QueueService, WebSocketService } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService, WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { settingsOf } from './config/index.ts';
import { traceSampling } from './trace-sampling.ts';

const services = [
  ...[CatalogService, GatewayService, InventoryService, PaymentService, QueueService],
  ...[ReservationService, WebSocketService, WorkerService],
];

test('every call about reservations is traced, and a tenth of the others', () => {
  const share = traceSampling(settingsOf());
  const methods = services.flatMap((service) => service.methods);
  const named = (wanted: number) =>
    methods
      .filter((method) => share(method) === wanted)
      .map((method) => `${method.parent.name}/${method.name}`);
  const traced = [
    ...[
      'CreateReservation',
      'GetReservation',
      'ListReservations',
      'ConfirmReservation',
      'CancelReservation',
    ].map((method) => `GatewayService/${method}`),
    ...['ReserveSeat', 'CommitReservation', 'ReleaseHold', 'ReturnSeats'].map(
      (method) => `InventoryService/${method}`,
    ),
    ...ReservationService.methods.map(({ name }) => `ReservationService/${name}`),
    'WebSocketService/StreamReservationUpdates',
    'WorkerService/ProcessReservationExpiry',
  ];
  expect(new Set(named(1))).toEqual(new Set(traced));
  expect(named(0.1)).toHaveLength(methods.length - traced.length);
});
