import { createHmac } from 'node:crypto';
import { create, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { PaymentWebhookType, ReceivePaymentWebhookRequestSchema } from '@traffic-tacos/contracts/gateway/v1';

/** What a row's request is about: a reservation that a buyer has made and begun to pay, and a place in a line. */
export interface Fixture {
  /** The user id of the owner. */
  readonly owner: string;
  readonly eventId: string;
  readonly reservationId: string;
  readonly paymentIntentId: string;
  /** The owner's place, admitted. */
  readonly waitingToken: string;
  /** A place that belongs to nobody yet. */
  readonly looseToken: string;
}

/** What comes of a call: it is let in, or refused with this status; `NOT_FOUND` also in an answer. */
export type Verdict = 'admitted' | 'NOT_FOUND' | 'UNAUTHENTICATED' | 'PERMISSION_DENIED';

/** Everybody who may call, in the order of the table's columns. */
export const callers = ['owner', 'another user', 'anonymous', 'service', 'admin'] as const;

type Verdicts = readonly [
  owner: Verdict,
  anotherUser: Verdict,
  anonymous: Verdict,
  service: Verdict,
  admin: Verdict,
];

/** A method, a request as JSON that is put together for each call, and what comes of it for each caller. */
export type Row = readonly [method: string, request: (fixture: Fixture) => JsonObject, verdicts: Verdicts];

const everybody: Verdicts = ['admitted', 'admitted', 'admitted', 'admitted', 'admitted'];
const users: Verdicts = ['admitted', 'admitted', 'UNAUTHENTICATED', 'admitted', 'admitted'];
/** What belongs to a user does not exist for another. */
const owned: Verdicts = ['admitted', 'NOT_FOUND', 'UNAUTHENTICATED', 'admitted', 'admitted'];
/** Nobody names another user as the buyer. */
const named: Verdicts = ['admitted', 'PERMISSION_DENIED', 'UNAUTHENTICATED', 'admitted', 'admitted'];
const services: Verdicts = [
  'PERMISSION_DENIED',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'admitted',
  'PERMISSION_DENIED',
];
const operators: Verdicts = [
  'PERMISSION_DENIED',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'admitted',
  'admitted',
];
const admins: Verdicts = [
  'PERMISSION_DENIED',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
  'admitted',
];

const nobody: Verdicts = [
  'UNAUTHENTICATED',
  'UNAUTHENTICATED',
  'UNAUTHENTICATED',
  'UNAUTHENTICATED',
  'UNAUTHENTICATED',
];

/** What payment news is signed with. */
export const WEBHOOK_SECRET = 'whk_9f3Kq7ZtL1vXb2RwYc6N';

const key = () => ({ idempotencyKey: crypto.randomUUID() });
const event = ({ eventId }: Fixture) => ({ eventId });
const reservation = ({ reservationId }: Fixture) => ({ reservationId });
const seats = ({ eventId, reservationId }: Fixture) => ({
  eventId,
  reservationId,
  seatIds: ['A1'],
  ...key(),
});
const payment = ({ paymentIntentId }: Fixture) => ({ paymentIntentId });
const purchase = ({ reservationId, paymentIntentId }: Fixture) => ({ reservationId, paymentIntentId });
const keyed = (request: Row[1]) => (fixture: Fixture) => ({ ...request(fixture), ...key() });
const byOwner = (request: Row[1]) => (fixture: Fixture) => ({ ...request(fixture), userId: fixture.owner });
const nothing = () => ({});
const oneSeat = (fixture: Fixture) => ({ ...event(fixture), seatIds: ['B9'], ...key() });

const webhook = () => ({
  serviceName: 'partner',
  endpointUrl: 'https://203.0.113.1/hooks',
  eventTypes: ['WEBHOOK_EVENT_TYPE_PAYMENT_APPROVED'],
  secret: 'sixteen characters at least',
});

/** News of a payment that has not ended, signed in the message itself. */
const signedNews = ({ paymentIntentId }: Fixture): JsonObject => {
  const news = create(ReceivePaymentWebhookRequestSchema, {
    webhookId: crypto.randomUUID(),
    eventType: PaymentWebhookType.PENDING,
    data: { paymentIntentId },
    timestamp: timestampNow(),
  });
  const seconds = news.timestamp?.seconds;
  const signature = createHmac('sha256', WEBHOOK_SECRET)
    .update(`${news.webhookId}.${seconds}.`)
    .update(toBinary(ReceivePaymentWebhookRequestSchema, news))
    .digest('base64');
  return toJson(ReceivePaymentWebhookRequestSchema, { ...news, signature: `v1,${signature}` }) as JsonObject;
};

/** The same methods at the gateway and at the service itself. */
const reservationMethods = (service: string): readonly Row[] => [
  [`${service}/CreateReservation`, oneSeat, users],
  [`${service}/CreateReservation`, byOwner(oneSeat), named],
  [`${service}/GetReservation`, reservation, owned],
  [`${service}/GetReservation`, byOwner(reservation), named],
  [`${service}/ConfirmReservation`, keyed(purchase), owned],
  [`${service}/ConfirmReservation`, byOwner(keyed(purchase)), named],
  [`${service}/CancelReservation`, keyed(reservation), owned],
  [`${service}/CancelReservation`, byOwner(keyed(reservation)), named],
  [`${service}/ListReservations`, nothing, users],
  [`${service}/ListReservations`, byOwner(nothing), named],
];
const paymentMethods = (service: string): readonly Row[] => [
  [`${service}/CreatePaymentIntent`, keyed(reservation), owned],
  [`${service}/CreatePaymentIntent`, byOwner(keyed(reservation)), named],
  [`${service}/ProcessPayment`, keyed(payment), owned],
  [`${service}/GetPaymentStatus`, payment, owned],
  [`${service}/GetPaymentStatus`, byOwner(payment), named],
];

/** Who may do what, for every method of the platform. */
export const table: readonly Row[] = [
  ['catalog.v1.CatalogService/CreateEvent', () => ({ event: { id: 'made' }, ...key() }), admins],
  ['catalog.v1.CatalogService/UpdateEvent', ({ eventId }) => ({ event: { id: eventId }, ...key() }), admins],
  ['catalog.v1.CatalogService/GetEvent', event, everybody],
  ['catalog.v1.CatalogService/ListEvents', nothing, everybody],

  ['common.v1.AdminService/GetSystemHealth', () => ({ includeDependencies: true }), admins],
  ['common.v1.AdminService/GetMetrics', () => ({ service: 'queue' }), admins],
  [
    'common.v1.AdminService/UpdateConfig',
    keyed(() => ({
      service: 'inventory',
      configKey: 'hold_seconds',
      configValue: '1800',
      applyImmediately: true,
    })),
    admins,
  ],
  [
    'common.v1.AdminService/TriggerOperation',
    keyed(() => ({ operation: 'OPERATION_TYPE_CLEAR_CACHE' })),
    admins,
  ],
  // The log of this server is the test's own: that is said to nobody but admins.
  ['common.v1.AdminService/GetLogs', nothing, admins],
  [
    'common.v1.AdminService/EmergencyAction',
    keyed(() => ({
      action: 'EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER',
      parameters: { service: 'webhook', open: 'false' },
      confirm: true,
    })),
    admins,
  ],

  ['gateway.v1.QueueService/JoinQueue', keyed(event), everybody],
  ['gateway.v1.QueueService/JoinQueue', byOwner(keyed(event)), named],
  // Whoever has the waiting token has the place.
  ['gateway.v1.QueueService/GetQueueStatus', ({ waitingToken }) => ({ waitingToken }), everybody],
  [
    'gateway.v1.QueueService/LeaveQueue',
    ({ looseToken }) => ({ waitingToken: looseToken, ...key() }),
    everybody,
  ],
  [
    'gateway.v1.QueueService/RequestAdmission',
    ({ waitingToken }) => ({ waitingToken, ...key() }),
    // The place is bound to its buyer. An admin is a buyer, too, who says so to ask for another; a service is none.
    ['admitted', 'NOT_FOUND', 'UNAUTHENTICATED', 'admitted', 'NOT_FOUND'],
  ],
  [
    'gateway.v1.QueueService/RequestAdmission',
    ({ waitingToken, owner }) => ({ waitingToken, userId: owner, ...key() }),
    named,
  ],
  ['gateway.v1.QueueService/GetQueueStats', event, operators],

  ['gateway.v1.GatewayService/HealthCheck', nothing, everybody],
  ['gateway.v1.GatewayService/ValidateToken', () => ({ token: 'a.b.c' }), everybody],
  ['gateway.v1.GatewayService/GetEventAvailability', event, everybody],
  ['gateway.v1.GatewayService/ListSeats', event, everybody],
  ...reservationMethods('gateway.v1.GatewayService'),
  ...paymentMethods('gateway.v1.GatewayService'),

  ...reservationMethods('reservation.v1.ReservationService'),
  [
    'reservation.v1.ReservationService/ExtendHold',
    (fixture) => ({ ...reservation(fixture), extensionSeconds: 1, ...key() }),
    owned,
  ],
  [
    'reservation.v1.ReservationService/ExtendHold',
    (fixture) => ({ ...reservation(fixture), extensionSeconds: 1, userId: fixture.owner, ...key() }),
    named,
  ],

  ...paymentMethods('payment.v1.PaymentService'),
  ['payment.v1.PaymentService/CancelPayment', keyed(payment), owned],
  ['payment.v1.PaymentService/ListPayments', nothing, users],
  ['payment.v1.PaymentService/ListPayments', byOwner(nothing), named],
  // Later: nothing else here is about what comes of it.
  [
    'payment.v1.PaymentService/SimulateWebhook',
    (fixture) => ({ ...payment(fixture), delaySeconds: 86_400, ...key() }),
    operators,
  ],

  ['reservation.v1.InventoryService/CheckAvailability', (f) => ({ ...event(f), quantity: 1 }), everybody],
  ['reservation.v1.InventoryService/GetInventoryStatus', event, everybody],
  ['reservation.v1.InventoryService/ListSeats', event, everybody],
  ['reservation.v1.InventoryService/WatchSeats', event, everybody],
  ['reservation.v1.InventoryService/ReserveSeat', seats, services],
  ['reservation.v1.InventoryService/CommitReservation', (f) => ({ ...seats(f), ...purchase(f) }), services],
  ['reservation.v1.InventoryService/ReleaseHold', seats, services],
  // The seats were held and given back, never bought.
  [
    'reservation.v1.InventoryService/ReturnSeats',
    seats,
    ['PERMISSION_DENIED', 'PERMISSION_DENIED', 'UNAUTHENTICATED', 'NOT_FOUND', 'PERMISSION_DENIED'],
  ],

  ['reservation.v1.WorkerService/ProcessReservationExpiry', reservation, services],
  [
    'reservation.v1.WorkerService/ProcessPaymentResult',
    (fixture) => ({ ...purchase(fixture), resultType: 'PAYMENT_RESULT_TYPE_FAILED' }),
    services,
  ],
  [
    'reservation.v1.WorkerService/ProcessCompensation',
    (f) => ({ ...reservation(f), compensationType: 'COMPENSATION_TYPE_CLEANUP_ORPHANED' }),
    services,
  ],
  ['reservation.v1.WorkerService/HealthCheck', nothing, everybody],
  ['reservation.v1.WorkerService/GetJobStatus', nothing, operators],

  ['gateway.v1.WebSocketService/StreamQueueUpdates', ({ waitingToken }) => ({ waitingToken }), everybody],
  ['gateway.v1.WebSocketService/StreamReservationUpdates', nothing, users],
  ['gateway.v1.WebSocketService/StreamReservationUpdates', byOwner(nothing), named],
  [
    'gateway.v1.WebSocketService/StreamReservationUpdates',
    ({ reservationId }) => ({ reservationIds: [reservationId] }),
    owned,
  ],
  ['gateway.v1.WebSocketService/StreamPaymentUpdates', nothing, users],
  ['gateway.v1.WebSocketService/StreamPaymentUpdates', byOwner(nothing), named],
  [
    'gateway.v1.WebSocketService/StreamPaymentUpdates',
    ({ paymentIntentId }) => ({ paymentIntentIds: [paymentIntentId] }),
    owned,
  ],
  [
    'gateway.v1.WebSocketService/SendMessage',
    ({ owner }) => ({ targetUserId: owner, content: 'Hello', ...key() }),
    operators,
  ],

  // Its credential is its signature, whoever shows it; no other credential will do.
  ['gateway.v1.WebhookService/ReceivePaymentWebhook', signedNews, everybody],
  ['gateway.v1.WebhookService/ReceivePaymentWebhook', nothing, nobody],
  [
    'gateway.v1.WebhookService/ReceiveExpiryWebhook',
    (fixture) => ({ ...reservation(fixture), webhookId: crypto.randomUUID() }),
    services,
  ],
  ['gateway.v1.WebhookService/RegisterWebhook', keyed(webhook), operators],
  ['gateway.v1.WebhookService/ValidateWebhook', nothing, operators],
];
