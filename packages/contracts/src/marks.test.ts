import { type DescField, type DescMethod, ScalarType } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import {
  Auth,
  type FieldMark,
  type FieldPath,
  fieldPolicyOf,
  Idempotency,
  markedFields,
  policyOf,
} from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { messages, methods, nameOf } from './testdata/contract.ts';

const show = (path: FieldPath): string => path.map((field) => field.name).join('.');
const marked = ({ input }: DescMethod, mark: FieldMark): string[] => markedFields(input, mark).map(show);
const fieldsOf = (messageTypes: typeof messages): DescField[] => messageTypes.flatMap(({ fields }) => fields);
const nameOfField = (field: DescField): string => `${field.parent.typeName}.${field.name}`;
const isMarked = (field: DescField, ...marks: FieldMark[]): boolean =>
  marks.some((mark) => fieldPolicyOf(field)?.[mark] === true);

/** The keys that go by another name. */
const KEYS: Readonly<Record<string, string>> = {
  'gateway.v1.WebhookService/ReceivePaymentWebhook': 'webhook_id',
  'gateway.v1.WebhookService/ReceiveExpiryWebhook': 'webhook_id',
  'reservation.v1.WorkerService/ProcessReservationExpiry': 'correlation_id',
  'reservation.v1.WorkerService/ProcessPaymentResult': 'correlation_id',
  'reservation.v1.WorkerService/ProcessCompensation': 'correlation_id',
};

test('a method with a key has one field for it, and no other method has any', () => {
  const expected = methods.map((method) => {
    const byKey = policyOf(method).idempotency === Idempotency.KEY;
    return [nameOf(method), byKey ? [KEYS[nameOf(method)] ?? 'idempotency_key'] : []];
  });

  expect(methods.map((method) => [nameOf(method), marked(method, 'idempotencyKey')])).toEqual(expected);
});

test('no field is called idempotency_key without being one', () => {
  const lost = fieldsOf(messages).filter(
    (field) => field.name === 'idempotency_key' && !isMarked(field, 'idempotencyKey'),
  );

  expect(lost.map(nameOfField)).toEqual(['tacos.policy.v1.FieldPolicy.idempotency_key']);
});

test('a user id says whom a user or nobody in particular acts for; services act for anyone', () => {
  const expected = methods.map((method) => {
    const { auth } = policyOf(method);
    const hasUser = method.input.fields.some((field) => field.name === 'user_id');
    const forSelf = auth === Auth.USER || auth === Auth.PUBLIC;
    return [nameOf(method), hasUser && forSelf ? ['user_id'] : []];
  });

  expect(methods.map((method) => [nameOf(method), marked(method, 'principal')])).toEqual(expected);
});

test('a user names only themselves, nowhere else in a request', () => {
  const users = methods
    .filter((method) => policyOf(method).auth === Auth.USER || policyOf(method).auth === Auth.PUBLIC)
    .flatMap((method) => method.input.fields)
    .filter((field) => field.name !== 'user_id' && /user_?id|owner|buyer|principal/.test(field.name));

  expect(users.map(nameOfField)).toEqual([]);
});

test('what a user reads says whose it is', () => {
  const owned = fieldsOf(messages).filter((field) => isMarked(field, 'owner'));

  expect(owned.map(nameOfField).sort()).toEqual([
    'payment.v1.Payment.user_id',
    'reservation.v1.Reservation.user_id',
  ]);
});

test('the waiting token is the credential of those who have no other', () => {
  const credentials = methods.filter((method) => marked(method, 'credential').length > 0);

  expect(credentials.map((method) => [nameOf(method), marked(method, 'credential')])).toEqual([
    ['gateway.v1.QueueService/GetQueueStatus', ['waiting_token']],
    ['gateway.v1.QueueService/RequestAdmission', ['waiting_token']],
    ['gateway.v1.QueueService/LeaveQueue', ['waiting_token']],
    ['gateway.v1.WebSocketService/StreamQueueUpdates', ['waiting_token']],
  ]);
});

test('keys, principals, owners and credentials are single strings', () => {
  const others = fieldsOf(messages)
    .filter((field) => isMarked(field, 'idempotencyKey', 'principal', 'owner', 'credential'))
    .filter((field) => field.fieldKind !== 'scalar' || field.scalar !== ScalarType.STRING);

  expect(others.map(nameOfField)).toEqual([]);
});

test('what must never be logged is marked', () => {
  const secrets = fieldsOf(messages).filter((field) => isMarked(field, 'secret', 'credential'));

  expect(secrets.map(nameOfField).sort()).toEqual([
    'gateway.v1.CreatePaymentIntentResponse.client_secret',
    'gateway.v1.CreateReservationRequest.reservation_token',
    'gateway.v1.GetQueueStatusRequest.waiting_token',
    'gateway.v1.JoinQueueRequest.session_id',
    'gateway.v1.JoinQueueResponse.waiting_token',
    'gateway.v1.LeaveQueueRequest.waiting_token',
    'gateway.v1.QueueMetadata.headers',
    'gateway.v1.QueueUpdate.waiting_token',
    'gateway.v1.ReceivePaymentWebhookRequest.signature',
    'gateway.v1.RegisterWebhookRequest.secret',
    'gateway.v1.RequestAdmissionRequest.waiting_token',
    'gateway.v1.RequestAdmissionResponse.reservation_token',
    'gateway.v1.RequestMetadata.headers',
    'gateway.v1.RequestMetadata.session_id',
    'gateway.v1.SendMessageRequest.target_session_id',
    'gateway.v1.StreamPaymentUpdatesRequest.session_id',
    'gateway.v1.StreamQueueUpdatesRequest.session_id',
    'gateway.v1.StreamQueueUpdatesRequest.waiting_token',
    'gateway.v1.StreamReservationUpdatesRequest.session_id',
    'gateway.v1.ValidateTokenRequest.token',
    'gateway.v1.ValidateWebhookRequest.signature',
    'gateway.v1.WebhookConfig.headers',
    'payment.v1.BankTransferDetails.account_holder',
    'payment.v1.BankTransferDetails.account_number',
    'payment.v1.CreatePaymentIntentResponse.client_secret',
    'payment.v1.CreditCardDetails.card_number',
    'payment.v1.CreditCardDetails.cardholder_name',
    'payment.v1.CreditCardDetails.cvv',
    'payment.v1.CreditCardDetails.expiry_month',
    'payment.v1.CreditCardDetails.expiry_year',
    'payment.v1.MobilePayDetails.mobile_number',
    'payment.v1.PaymentMetadata.session_id',
    'reservation.v1.CreateReservationRequest.reservation_token',
    'reservation.v1.ReservationMetadata.session_id',
  ]);
});

// A new field with such a name has to be marked, or to be added here with a reason.
test('no field that sounds like a secret is left out', () => {
  const suspicious =
    /token|secret|password|credential|signature|session_id|api_?key|headers|cookie|card_?number|cvv|cvc|iban|account_(number|holder)|mobile_number|phone/;
  const left = fieldsOf(messages).filter(
    (field) =>
      field.parent.file.proto.package !== 'tacos.policy.v1' &&
      suspicious.test(field.name) &&
      !isMarked(field, 'secret', 'credential'),
  );

  expect(left.map(nameOfField).sort()).toEqual([
    // Positions in a stream of what the caller may read anyway.
    'gateway.v1.StreamPaymentUpdatesRequest.resume_token',
    'gateway.v1.StreamQueueUpdatesRequest.resume_token',
    'gateway.v1.StreamReservationUpdatesRequest.resume_token',
    'reservation.v1.WatchSeatsRequest.resume_token',
    'reservation.v1.WatchSeatsResponse.resume_token',
  ]);
});

test('no secret travels in a URL: calls free of side effects, which may be a GET, have none', () => {
  const leaking = methods
    .filter(({ idempotency, methodKind }) => methodKind === 'unary' && idempotency === Level.NO_SIDE_EFFECTS)
    .filter((method) => marked(method, 'secret').length + marked(method, 'credential').length > 0);

  expect(leaking.map(nameOf)).toEqual([]);
});

test('what changes from attempt to attempt is not compared', () => {
  const expected: Readonly<Record<string, string[]>> = {
    'gateway.v1.QueueService/JoinQueue': ['metadata'],
    'gateway.v1.GatewayService/CreateReservation': ['metadata'],
    'reservation.v1.ReservationService/CreateReservation': ['metadata'],
    'payment.v1.PaymentService/CreatePaymentIntent': ['metadata'],
    'reservation.v1.WorkerService/ProcessReservationExpiry': ['retry_count'],
    'reservation.v1.WorkerService/ProcessPaymentResult': ['retry_count', 'event_data.metadata'],
    'reservation.v1.WorkerService/ProcessCompensation': ['context', 'retry_count'],
    'gateway.v1.WebhookService/ReceivePaymentWebhook': ['timestamp', 'signature', 'attempt', 'data.metadata'],
    'gateway.v1.WebhookService/ReceiveExpiryWebhook': ['metadata'],
  };
  const byKey = methods.filter((method) => policyOf(method).idempotency === Idempotency.KEY);

  expect(byKey.map((method) => [nameOf(method), marked(method, 'volatile')])).toEqual(
    byKey.map((method) => [nameOf(method), expected[nameOf(method)] ?? []]),
  );
});
