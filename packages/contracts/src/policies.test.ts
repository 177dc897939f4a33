import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import {
  Auth,
  Idempotency,
  type PartialPolicy,
  type Policy,
  Priority,
  policyOf,
  RetryClass,
  withOverrides,
} from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { methods as described, nameOf } from './testdata/contract.ts';
import { generatedServices } from './testdata/generated.ts';

interface Service {
  /** Milliseconds of one attempt. */
  readonly deadlineMs: number;
  /** The bucket of its rate limit. */
  readonly bucket: string;
  /** Every RPC: who may call it, what makes a repetition harmless, when it is shed, what else is its own. */
  readonly rpcs: Readonly<Record<string, Row>>;
}

type Row = readonly [
  auth: 'PUBLIC' | 'USER' | 'SERVICE' | 'SERVICE_OR_ADMIN' | 'ADMIN',
  idempotency: 'NATURAL' | 'KEY',
  priority: 'SHEDDABLE' | 'NORMAL' | 'CRITICAL',
  ...own: PartialPolicy[],
];

const CREATED: PartialPolicy = { httpSuccessStatus: 201 };
/** One service of the platform speaks for all buyers, who were counted where they came in. */
const UNLIMITED: PartialPolicy = { rateLimit: { requestsPerSecond: 0 } };
const STREAM: PartialPolicy = {
  rateLimit: { class: 'stream' },
  stream: { idleTimeoutMs: 60_000, maxLifetimeMs: 600_000, heartbeatMs: 15_000 },
};
/** A whole arena is laid out in one call. */
const LAYOUT: PartialPolicy = { deadlineMs: 10_000, totalDeadlineMs: 30_000 };
/** One provider delivers for all buyers; a signed delivery is fresh for 300 s before and after its time. */
const PROVIDER: PartialPolicy = {
  idempotencyTtlSeconds: 600,
  rateLimit: { class: 'webhook.payment', requestsPerSecond: 1000, burst: 2000 },
};

const services: Readonly<Record<string, Service>> = {
  'common.v1.AdminService': {
    deadlineMs: 600,
    bucket: 'admin',
    rpcs: {
      GetSystemHealth: ['ADMIN', 'NATURAL', 'NORMAL'],
      GetMetrics: ['ADMIN', 'NATURAL', 'NORMAL'],
      UpdateConfig: ['ADMIN', 'KEY', 'NORMAL'],
      TriggerOperation: ['ADMIN', 'KEY', 'NORMAL'],
      GetLogs: ['ADMIN', 'NATURAL', 'NORMAL'],
      EmergencyAction: ['ADMIN', 'KEY', 'CRITICAL'],
    },
  },
  'catalog.v1.CatalogService': {
    deadlineMs: 600,
    bucket: 'catalog',
    rpcs: {
      CreateEvent: ['ADMIN', 'KEY', 'NORMAL', LAYOUT, CREATED],
      UpdateEvent: ['ADMIN', 'KEY', 'NORMAL', LAYOUT],
      GetEvent: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      ListEvents: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
    },
  },
  'gateway.v1.GatewayService': {
    deadlineMs: 600,
    bucket: 'gateway',
    rpcs: {
      HealthCheck: ['PUBLIC', 'NATURAL', 'NORMAL'],
      ValidateToken: ['PUBLIC', 'NATURAL', 'NORMAL'],
      GetEventAvailability: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      ListSeats: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      CreateReservation: ['USER', 'KEY', 'NORMAL', CREATED],
      GetReservation: ['USER', 'NATURAL', 'NORMAL'],
      ListReservations: ['USER', 'NATURAL', 'SHEDDABLE'],
      ConfirmReservation: ['USER', 'KEY', 'CRITICAL'],
      CancelReservation: ['USER', 'KEY', 'NORMAL'],
      CreatePaymentIntent: ['USER', 'KEY', 'NORMAL', CREATED],
      ProcessPayment: ['USER', 'KEY', 'CRITICAL'],
      GetPaymentStatus: ['USER', 'NATURAL', 'NORMAL'],
    },
  },
  'gateway.v1.QueueService': {
    deadlineMs: 600,
    bucket: 'queue',
    rpcs: {
      JoinQueue: ['PUBLIC', 'KEY', 'NORMAL', CREATED],
      GetQueueStatus: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      RequestAdmission: ['USER', 'KEY', 'NORMAL'],
      LeaveQueue: ['PUBLIC', 'KEY', 'NORMAL'],
      GetQueueStats: ['SERVICE_OR_ADMIN', 'NATURAL', 'SHEDDABLE'],
    },
  },
  'gateway.v1.WebhookService': {
    deadlineMs: 600,
    bucket: 'webhook',
    rpcs: {
      ReceivePaymentWebhook: ['PUBLIC', 'KEY', 'CRITICAL', PROVIDER],
      ReceiveExpiryWebhook: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
      RegisterWebhook: ['SERVICE_OR_ADMIN', 'KEY', 'NORMAL', CREATED],
      ValidateWebhook: ['SERVICE_OR_ADMIN', 'NATURAL', 'NORMAL'],
    },
  },
  'gateway.v1.WebSocketService': {
    deadlineMs: 600,
    bucket: 'stream',
    rpcs: {
      StreamQueueUpdates: ['PUBLIC', 'NATURAL', 'SHEDDABLE', STREAM],
      StreamReservationUpdates: ['USER', 'NATURAL', 'NORMAL', STREAM],
      StreamPaymentUpdates: ['USER', 'NATURAL', 'NORMAL', STREAM],
      SendMessage: ['SERVICE_OR_ADMIN', 'KEY', 'NORMAL', STREAM],
    },
  },
  'payment.v1.PaymentService': {
    deadlineMs: 500,
    bucket: 'payment',
    rpcs: {
      CreatePaymentIntent: ['USER', 'KEY', 'NORMAL'],
      ProcessPayment: ['USER', 'KEY', 'CRITICAL'],
      GetPaymentStatus: ['USER', 'NATURAL', 'NORMAL'],
      CancelPayment: ['USER', 'KEY', 'CRITICAL'],
      ListPayments: ['USER', 'NATURAL', 'SHEDDABLE'],
      SimulateWebhook: ['SERVICE_OR_ADMIN', 'KEY', 'NORMAL'],
    },
  },
  'reservation.v1.InventoryService': {
    deadlineMs: 250,
    bucket: 'inventory',
    rpcs: {
      CheckAvailability: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      ReserveSeat: ['SERVICE', 'KEY', 'NORMAL', UNLIMITED],
      CommitReservation: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
      ReleaseHold: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
      GetInventoryStatus: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      ListSeats: ['PUBLIC', 'NATURAL', 'SHEDDABLE'],
      WatchSeats: ['PUBLIC', 'NATURAL', 'SHEDDABLE', STREAM],
      ReturnSeats: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
    },
  },
  'reservation.v1.ReservationService': {
    deadlineMs: 500,
    bucket: 'reservation',
    rpcs: {
      CreateReservation: ['USER', 'KEY', 'NORMAL', CREATED],
      GetReservation: ['USER', 'NATURAL', 'NORMAL'],
      ConfirmReservation: ['USER', 'KEY', 'CRITICAL'],
      CancelReservation: ['USER', 'KEY', 'NORMAL'],
      ListReservations: ['USER', 'NATURAL', 'SHEDDABLE'],
      ExtendHold: ['USER', 'KEY', 'CRITICAL'],
    },
  },
  'reservation.v1.WorkerService': {
    deadlineMs: 500,
    bucket: 'worker',
    rpcs: {
      ProcessReservationExpiry: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
      ProcessPaymentResult: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
      ProcessCompensation: ['SERVICE', 'KEY', 'CRITICAL', UNLIMITED],
      HealthCheck: ['PUBLIC', 'NATURAL', 'NORMAL'],
      GetJobStatus: ['SERVICE_OR_ADMIN', 'NATURAL', 'SHEDDABLE'],
    },
  },
};

/** Calls that change nothing, or only what was to be changed anyway, and still must not travel as a GET. */
const NATURAL_BUT_NOT_FREE_OF_SIDE_EFFECTS = [
  'gateway.v1.GatewayService/ValidateToken',
  'gateway.v1.QueueService/GetQueueStatus',
  'gateway.v1.WebSocketService/StreamQueueUpdates',
  'gateway.v1.WebhookService/ValidateWebhook',
];

function expected({ deadlineMs, bucket }: Service, [auth, idempotency, priority, ...own]: Row): Policy {
  const platform: Policy = {
    deadlineMs,
    totalDeadlineMs: 3000,
    retry: { class: RetryClass.IDEMPOTENT, maxAttempts: 3, initialBackoffMs: 50, maxBackoffMs: 1000 },
    idempotency: Idempotency[idempotency],
    idempotencyTtlSeconds: 300,
    auth: Auth[auth],
    scopes: [],
    rateLimit: { class: bucket, requestsPerSecond: 50, burst: 100 },
    circuitBreaker: { failures: 5, openMs: 30_000 },
    httpSuccessStatus: 200,
    priority: Priority[priority],
    stream: { idleTimeoutMs: 0, maxLifetimeMs: 0, heartbeatMs: 0 },
  };
  return own.reduce<Policy>(withOverrides, platform);
}

const methods = generatedServices.flatMap((service) => service.methods);

test('every RPC of the contracts has a row, and every row an RPC', () => {
  const rows = Object.entries(services)
    .flatMap(([service, { rpcs }]) => Object.keys(rpcs).map((rpc) => `${service}/${rpc}`))
    .sort();

  expect(methods.map(nameOf).sort()).toEqual(rows);
  expect(described.map(nameOf).sort()).toEqual(rows);
});

test.each(methods.map((method) => [nameOf(method), method] as const))('%s', (_name, method) => {
  const service = services[method.parent.typeName];
  const row = service?.rpcs[method.name];
  if (service === undefined || row === undefined) {
    throw new Error(`${nameOf(method)} has no row in this test: decide who may call it and how`);
  }

  expect(policyOf(method)).toEqual(expected(service, row));
});

test('SECURITY 21: polling is shed first; confirming, paying and webhooks are shed last', () => {
  const priorities = (pattern: RegExp) =>
    new Set(methods.filter(({ name }) => pattern.test(name)).map((method) => policyOf(method).priority));

  expect(priorities(/^(GetQueueStatus|StreamQueueUpdates|CheckAvailability)$/)).toEqual(
    new Set([Priority.SHEDDABLE]),
  );
  expect(priorities(/^(ConfirmReservation|ProcessPayment|Receive\w+Webhook|CommitReservation)$/)).toEqual(
    new Set([Priority.CRITICAL]),
  );
});

test('the full descriptor and the generated code say the same', () => {
  const policies = (all: typeof described) =>
    new Map(all.map((method) => [nameOf(method), policyOf(method)]));

  expect(policies(methods)).toEqual(policies(described));
});

test('idempotency_level says of every RPC what its policy says', () => {
  const levels = methods.map((method) => {
    const natural = policyOf(method).idempotency === Idempotency.NATURAL;
    const free = natural && !NATURAL_BUT_NOT_FREE_OF_SIDE_EFFECTS.includes(nameOf(method));
    return [nameOf(method), free ? Level.NO_SIDE_EFFECTS : Level.IDEMPOTENT];
  });

  expect(methods.map((method) => [nameOf(method), method.idempotency])).toEqual(levels);
});

test('an answer to a key outlives every attempt to get it', () => {
  const short = methods.filter((method) => {
    const { idempotencyTtlSeconds, totalDeadlineMs } = policyOf(method);
    return idempotencyTtlSeconds * 1000 <= totalDeadlineMs;
  });

  expect(short.map(nameOf)).toEqual([]);
});

test('streams have limits of their own', () => {
  const streams = methods.filter(({ methodKind }) => methodKind !== 'unary');

  expect(streams.map(nameOf).sort()).toEqual([
    'gateway.v1.WebSocketService/StreamPaymentUpdates',
    'gateway.v1.WebSocketService/StreamQueueUpdates',
    'gateway.v1.WebSocketService/StreamReservationUpdates',
    'reservation.v1.InventoryService/WatchSeats',
  ]);
  for (const stream of streams) {
    const { heartbeatMs, idleTimeoutMs, maxLifetimeMs } = policyOf(stream).stream;
    expect(heartbeatMs).toBeGreaterThan(0);
    expect(idleTimeoutMs).toBeGreaterThan(2 * heartbeatMs);
    expect(maxLifetimeMs).toBeGreaterThan(idleTimeoutMs);
  }
});
