import { createHmac, randomUUID } from 'node:crypto';
import { create, toJson } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  PaymentWebhookStatus,
  PaymentWebhookType,
  ReceivePaymentWebhookRequestSchema,
  WebhookEventType,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { paymentTable } from '../services/payment/index.ts';
import { eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { startReceiver } from './receiver.ts';
import { failureOf, refusalOf } from './refusal.ts';
import type { Fields } from './sale.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const NEW_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OLD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

const sale = sharedSale({ paymentWebhookSecrets: [NEW_SECRET, OLD_SECRET], paymentDelayMs: 5_000 });

const METHOD = '/gateway.v1.WebhookService/ReceivePaymentWebhook';

/** A hold with a pending intent to pay for it. */
async function unpaid(served: Sale, seatId = 'A1') {
  const reservationId = await held(served, { userId: 'ann', seatIds: [seatId] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  return { reservationId, paymentIntentId };
}

type News = Fields<typeof ReceivePaymentWebhookRequestSchema>;

/** What a payment provider says of a payment, in JSON. */
function paidNews(
  served: Sale,
  { reservationId, paymentIntentId }: Awaited<ReturnType<typeof unpaid>>,
  change: { readonly data?: News['data']; readonly news?: News } = {},
): { readonly id: string; readonly body: string } {
  const news = create(ReceivePaymentWebhookRequestSchema, {
    webhookId: `msg_${randomUUID()}`,
    eventType: PaymentWebhookType.APPROVED,
    timestamp: timestampFromMs(served.clock.now()),
    data: {
      paymentIntentId,
      reservationId,
      status: PaymentWebhookStatus.SUCCESS,
      amount: { amount: 50_000n, currency: 'KRW' },
      transactionId: 'txn-of-the-network',
      ...(change.data as object),
    },
    ...change.news,
  });
  return {
    id: news.webhookId,
    body: JSON.stringify(toJson(ReceivePaymentWebhookRequestSchema, news), null, 2),
  };
}

/** Headers of Standard Webhooks, as the published library makes them. */
function signed(
  { clock }: Sale,
  { id, body }: { id: string; body: string },
  secret = NEW_SECRET,
  at = clock.now(),
) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  };
}

/** Posts a body as it is. */
async function post({ url }: Sale, body: string, headers: Record<string, string>) {
  const response = await fetch(url + METHOD, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const answer = (await response.json()) as {
    accepted?: boolean;
    correlationId?: string;
    error?: { code: string; details: { field: string; reason: string }[] };
    code?: string;
  };
  return { status: response.status, replayed: response.headers.get('idempotent-replayed'), answer };
}

const stateOf = async ({ store }: Sale, intentId: string) =>
  (await store.get(paymentTable, intentId))?.value.state;

const reservationIs = (served: Sale, reservationId: string, status: ReservationStatus) =>
  eventually(async () => {
    const { reservation } = await served.reservations.getReservation({ reservationId, userId: 'ann' });
    expect(reservation?.status).toBe(status);
  });

test('signed news that a payment is paid completes it, once, and the worker confirms the reservation', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const news = paidNews(served, booking);

  const first = await post(served, news.body, signed(served, news));
  expect(first).toMatchObject({
    status: 200,
    replayed: null,
    answer: { accepted: true, correlationId: `${booking.paymentIntentId}/approved` },
  });
  await reservationIs(served, booking.reservationId, ReservationStatus.CONFIRMED);
  const record = (await served.store.get(paymentTable, booking.paymentIntentId))?.value;
  expect(record).toMatchObject({ state: 'COMPLETED', transactionId: 'txn-of-the-network' });

  // Delivered again, the same way or as other news of the same result: nothing new.
  const again = await post(served, news.body, signed(served, news));
  expect(again).toMatchObject({ status: 200, replayed: 'true', answer: first.answer });
  const other = paidNews(served, booking);
  const told = await post(served, other.body, signed(served, other));
  expect(told.answer).toMatchObject({ accepted: true, correlationId: `${booking.paymentIntentId}/approved` });
  expect((await served.store.get(paymentTable, booking.paymentIntentId))?.value).toEqual(record);
});

test('SECURITY 24: a signature is over the raw bytes; the same message in other bytes is not signed', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const news = paidNews(served, booking);
  const headers = signed(served, news);
  const tidy = JSON.stringify(JSON.parse(news.body));

  for (const [body, sent] of [
    [tidy, headers],
    [`${news.body} `, headers],
    [news.body, {}],
    [news.body, { ...headers, 'webhook-signature': 'v1,' }],
    [news.body, { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') }],
    [news.body, { ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }],
    [news.body, { ...headers, 'webhook-id': 'msg_other' }],
    // Rightly signed, but under an id that is not the message's: the id that counts would be nobody's.
    [news.body, signed(served, { id: 'msg_other', body: news.body })],
    [news.body, { 'x-webhook-signature': `sha256=${'0'.repeat(64)}` }],
  ] as const) {
    expect((await post(served, body, sent)).status).toBe(401);
  }
  expect(await stateOf(served, booking.paymentIntentId)).toBe('PENDING');
  expect((await post(served, news.body, headers)).status).toBe(200);
});

test('SECURITY 24: the signature of the body alone, as existing senders make it, is taken as well', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const news = paidNews(served, booking, {
    data: { status: PaymentWebhookStatus.FAILED, failureReason: 'no money' },
  });
  const key = Buffer.from(NEW_SECRET.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(news.body).digest('hex');

  expect((await post(served, news.body, { 'x-webhook-signature': `sha256=${mac}` })).answer.accepted).toBe(
    true,
  );
  const { payment } = await served.payments.getPaymentStatus({
    paymentIntentId: booking.paymentIntentId,
    userId: 'ann',
  });
  expect(payment).toMatchObject({ status: PaymentStatus.FAILED, result: { failureReason: 'no money' } });
  await reservationIs(served, booking.reservationId, ReservationStatus.HOLD);
});

test('SECURITY 25: news is taken 300 seconds early or late, not more; its id once; with a secret in rotation', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const now = served.clock.now();
  for (const off of [-301_000, 301_000]) {
    const sentAt = { timestamp: timestampFromMs(now + off) };
    const stale = paidNews(served, booking, { news: sentAt });
    // Stale in both places, in the header alone, and in the message alone.
    expect((await post(served, stale.body, signed(served, stale, NEW_SECRET, now + off))).status).toBe(401);
    expect((await post(served, stale.body, signed(served, stale))).status).toBe(401);
    const fresh = paidNews(served, booking);
    expect((await post(served, fresh.body, signed(served, fresh, NEW_SECRET, now + off))).status).toBe(401);
  }
  const unknown = paidNews(served, booking);
  expect(
    (await post(served, unknown.body, signed(served, unknown, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAA'))).status,
  ).toBe(401);
  expect(await stateOf(served, booking.paymentIntentId)).toBe('PENDING');

  const old = paidNews(served, booking, { news: { timestamp: timestampFromMs(now - 299_000) } });
  expect((await post(served, old.body, signed(served, old, OLD_SECRET, now - 299_000))).status).toBe(200);

  // The id was used: other content under it is refused, and so is whoever cannot sign, who learns nothing of it.
  const other = paidNews(served, booking, {
    news: { webhookId: old.id },
    data: { status: PaymentWebhookStatus.FAILED },
  });
  const conflict = await post(served, other.body, signed(served, other));
  expect(conflict.answer.error?.code).toBe('ERROR_CODE_IDEMPOTENCY_CONFLICT');
  expect(await post(served, old.body, {})).toMatchObject({ status: 401, replayed: null });
  expect(await stateOf(served, booking.paymentIntentId)).toBe('COMPLETED');
});

test('SECURITY 28: paid with another amount, currency or reservation changes nothing', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const other = await unpaid(served, 'A2');
  const before = [
    await served.store.get(paymentTable, booking.paymentIntentId),
    await served.store.get(paymentTable, other.paymentIntentId),
    await seatsByStatus(served),
  ];
  const wrong: readonly (readonly [string, object])[] = [
    ['data.amount AMOUNT_DIFFERS', { amount: { amount: 49_999n, currency: 'KRW' } }],
    ['data.amount AMOUNT_DIFFERS', { amount: { amount: 50_001n, currency: 'KRW' } }],
    ['data.amount AMOUNT_DIFFERS', { amount: { amount: 50_000n, currency: 'USD' } }],
    ['data.amount AMOUNT_DIFFERS', { amount: undefined }],
    ['data.reservation_id RESERVATION_DIFFERS', { reservationId: other.reservationId }],
  ];
  for (const [detail, data] of wrong) {
    const news = paidNews(served, booking, { data });
    const { answer } = await post(served, news.body, signed(served, news));
    expect(answer.accepted).toBeUndefined();
    expect(answer.error?.code).toBe('ERROR_CODE_PAYMENT_NOT_APPROVED');
    expect(answer.error?.details.map(({ field, reason }) => `${field} ${reason}`)).toContain(detail);
  }
  const nobody = paidNews(served, { ...booking, paymentIntentId: 'pi_unknown' });
  const unknown = await post(served, nobody.body, signed(served, nobody));
  expect(unknown.answer.error?.code).toBe('ERROR_CODE_NOT_FOUND');
  expect([
    await served.store.get(paymentTable, booking.paymentIntentId),
    await served.store.get(paymentTable, other.paymentIntentId),
    await seatsByStatus(served),
  ]).toEqual(before);
});

test('a payment that has ended in another way keeps its result', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  const failed = paidNews(served, booking, { data: { status: PaymentWebhookStatus.CANCELLED } });
  expect((await post(served, failed.body, signed(served, failed))).answer.accepted).toBe(true);
  expect(await stateOf(served, booking.paymentIntentId)).toBe('CANCELLED');

  const paid = paidNews(served, booking);
  const { answer } = await post(served, paid.body, signed(served, paid));
  expect(answer.error?.code).toBe('ERROR_CODE_FAILED_PRECONDITION');
  expect(await stateOf(served, booking.paymentIntentId)).toBe('CANCELLED');
});

test('news that comes after the hold has lapsed is booked, and refunded in full', async () => {
  const served = await sale();
  const booking = await unpaid(served);
  served.clock.advance(61_000);
  const news = paidNews(served, booking);
  expect((await post(served, news.body, signed(served, news))).answer.accepted).toBe(true);
  await eventually(async () => expect(await stateOf(served, booking.paymentIntentId)).toBe('REFUNDED'));
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
});

/** Messages to a receiver, checked by the published library with a secret. */
const opened = (received: { body: string; headers: object }, secret: string) =>
  new Webhook(secret).verify(received.body, received.headers as Record<string, string>) as Record<
    string,
    unknown
  >;

test('an intent with a webhook_url is paid by the simulator after its delay, and its receiver is told', async () => {
  const served = await sale();
  const receiver = await startReceiver();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const { paymentIntentId, error } = await served.payments.createPaymentIntent({
    reservationId,
    userId: 'ann',
    webhookUrl: `${receiver.url}/hooks?tenant=1`,
  });
  expect(error).toBeUndefined();
  served.clock.advance(4_999);
  expect(await stateOf(served, paymentIntentId)).toBe('PENDING');

  served.clock.advance(1);
  await eventually(async () => expect(receiver.requests).toHaveLength(1));
  const [received] = receiver.requests;
  const message = opened(received as never, NEW_SECRET);
  expect(opened(received as never, OLD_SECRET)).toEqual(message);
  expect(received?.path).toBe('/hooks?tenant=1');
  expect(message).toMatchObject({
    webhookId: received?.headers['webhook-id'],
    eventType: 'PAYMENT_WEBHOOK_TYPE_APPROVED',
    attempt: 1,
    data: {
      paymentIntentId,
      reservationId,
      status: 'PAYMENT_WEBHOOK_STATUS_SUCCESS',
      amount: { amount: '50000', currency: 'KRW' },
    },
  });
  const key = Buffer.from(NEW_SECRET.slice('whsec_'.length), 'base64');
  expect(received?.headers['x-webhook-signature']).toBe(
    `sha256=${createHmac('sha256', key)
      .update(received?.body ?? '')
      .digest('hex')}`,
  );
  await reservationIs(served, reservationId, ReservationStatus.CONFIRMED);

  // What it says is what ReceivePaymentWebhook takes.
  const back = await post(served, received?.body ?? '', received?.headers as Record<string, string>);
  expect(back.answer).toMatchObject({ accepted: true, correlationId: `${paymentIntentId}/approved` });
});

test('SECURITY 26: an intent with an address that may not be called is refused', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const wrong: readonly (readonly [string, string])[] = [
    ['http://hooks.example.com/', 'NOT_HTTPS'],
    ['https://user:secret@hooks.example.com/', 'HAS_CREDENTIALS'],
    ['https://10.0.0.1/', 'NOT_PUBLIC'],
    ['https://169.254.169.254/latest/meta-data', 'NOT_PUBLIC'],
    ['https://[::ffff:7f00:1]/', 'NOT_PUBLIC'],
    ['ftp://hooks.example.com/', 'NOT_HTTPS'],
  ];
  for (const [webhookUrl, reason] of wrong) {
    const failure = await failureOf(
      served.payments.createPaymentIntent({ reservationId, userId: 'ann', webhookUrl }),
    );
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', details: [`webhook_url ${reason}`] });
  }
});

test('SimulateWebhook brings an intent to a state, now or later, and tells its receiver', async () => {
  const served = await sale();
  const receiver = await startReceiver();
  const intent = async (seatId: string) => {
    const reservationId = await held(served, { userId: 'ann', seatIds: [seatId] });
    const { paymentIntentId } = await served.payments.createPaymentIntent({
      reservationId,
      userId: 'ann',
      scenario: PaymentScenario.FAIL,
      webhookUrl: receiver.url,
    });
    return paymentIntentId;
  };
  const first = await intent('A1');
  const cancelled = await served.payments.simulateWebhook({
    paymentIntentId: first,
    targetStatus: PaymentStatus.CANCELLED,
  });
  expect(cancelled).toMatchObject({ webhookSent: true, webhookId: expect.stringMatching(/^msg_/) });
  await eventually(async () => expect(receiver.requests).toHaveLength(1));
  expect(receiver.requests[0]?.headers['webhook-id']).toBe(cancelled.webhookId);
  expect(await stateOf(served, first)).toBe('CANCELLED');

  const impossible = await served.payments.simulateWebhook({
    paymentIntentId: first,
    targetStatus: PaymentStatus.COMPLETED,
  });
  expect(refusalOf(impossible)?.details).toEqual(['target_status PAYMENT_CANCELLED']);
  const twice = { paymentIntentId: first, targetStatus: PaymentStatus.CANCELLED };
  expect(refusalOf(await served.payments.simulateWebhook(twice))?.code).toBe('FAILED_PRECONDITION');
  const forced = await served.payments.simulateWebhook({ ...twice, forceTrigger: true });
  expect(forced.webhookId).toBe(cancelled.webhookId);
  await eventually(async () => expect(receiver.requests).toHaveLength(2));

  // The scenario decides, later: the simulator's own delay is not waited for.
  const second = await intent('A2');
  const later = await served.payments.simulateWebhook({ paymentIntentId: second, delaySeconds: 20 });
  served.clock.advance(19_000);
  expect(await stateOf(served, second)).toBe('PENDING');
  served.clock.advance(1_000);
  await eventually(async () => expect(await stateOf(served, second)).toBe('FAILED'));
  await eventually(async () => expect(receiver.requests).toHaveLength(3));
  expect(receiver.requests[2]?.headers['webhook-id']).toBe(later.webhookId);

  const silent = await unpaid(served, 'A3');
  const untold = await served.payments.simulateWebhook({ paymentIntentId: silent.paymentIntentId });
  expect(untold).toMatchObject({ webhookSent: false, webhookId: '' });
  await reservationIs(served, silent.reservationId, ReservationStatus.CONFIRMED);
});

const register = (served: Sale, endpointUrl: string, secret: string, eventTypes: WebhookEventType[]) =>
  served.webhooks.registerWebhook({ serviceName: 'box-office', endpointUrl, secret, eventTypes });

test('a registered address is told of the events it asked for, signed with its own secret', async () => {
  const served = await sale();
  const receiver = await startReceiver();
  const { webhookId, registered } = await register(served, `${receiver.url}/events`, NEW_SECRET, [
    WebhookEventType.PAYMENT_APPROVED,
    WebhookEventType.RESERVATION_EXPIRED,
  ]);
  expect(registered).toBe(true);
  const paid = await unpaid(served, 'A1');
  await served.payments.processPayment({ paymentIntentId: paid.paymentIntentId });
  const failing = await unpaid(served, 'A2');
  await served.payments.simulateWebhook({
    paymentIntentId: failing.paymentIntentId,
    targetStatus: PaymentStatus.FAILED,
  });
  await eventually(async () => expect(receiver.requests).toHaveLength(1));
  expect(opened(receiver.requests[0] as never, NEW_SECRET)).toMatchObject({
    type: 'payment.approved',
    data: { paymentIntentId: paid.paymentIntentId, reservationId: paid.reservationId, userId: 'ann' },
  });
  served.clock.advance(61_000);
  // Holds of other tests lapse as well.
  const ofThis = () => receiver.requests.filter(({ body }) => body.includes(failing.reservationId));
  await eventually(async () => expect(ofThis()).toHaveLength(1));
  const [expired] = ofThis();
  expect(JSON.parse(expired?.body ?? '')).toMatchObject({ type: 'reservation.expired' });

  // What the receiver got is what ValidateWebhook says yes to, until its time is over.
  const { headers, body } = expired as NonNullable<typeof expired>;
  const payload = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signature = String(headers['webhook-signature']);
  const check = (given: { payload?: string; signature?: string; webhookId?: string }) =>
    served.webhooks.validateWebhook({ payload, signature, webhookId, ...given });
  expect(await check({})).toMatchObject({ valid: true, reason: '' });
  expect((await check({ payload: `${payload} ` })).valid).toBe(false);
  expect((await check({ payload: body, signature: String(headers['x-webhook-signature']) })).valid).toBe(
    true,
  );
  expect(refusalOf(await check({ webhookId: 'wh_other' }))?.code).toBe('NOT_FOUND');
  served.clock.advance(301_000);
  expect(await check({})).toMatchObject({
    valid: false,
    reason: 'The timestamp is more than 300 seconds off.',
  });
});

test('SECURITY 25: after a rotation both secrets sign, until its time is over', async () => {
  const served = await sale();
  const receiver = await startReceiver();
  const events = [WebhookEventType.PAYMENT_FAILED];
  const first = await register(served, receiver.url, OLD_SECRET, events);
  const second = await register(served, receiver.url, NEW_SECRET, events);
  expect(second.webhookId).toBe(first.webhookId);
  expect(second.registeredAt).toEqual(first.registeredAt);
  const fail = async (seatId: string) => {
    const { paymentIntentId } = await unpaid(served, seatId);
    await served.payments.simulateWebhook({ paymentIntentId, targetStatus: PaymentStatus.FAILED });
  };
  const told = receiver.requests;
  await fail('A1');
  await eventually(async () => expect(told).toHaveLength(1));
  const by = (at: number) => String(told[at]?.headers['webhook-signature']).split(' ');
  expect(by(0)).toHaveLength(2);
  served.clock.advance(86_400_000);
  await fail('A2');
  await eventually(async () => expect(told).toHaveLength(2));
  expect(by(1)).toHaveLength(1);
  // The published library goes by the machine's clock, so its own signature is compared.
  const { headers, body } = told[1] as NonNullable<(typeof told)[1]>;
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  expect(by(1)).toEqual([new Webhook(NEW_SECRET).sign(String(headers['webhook-id']), at, body)]);
});

test('SECURITY 26: an address that may not be called is not registered', async () => {
  const served = await sale();
  for (const url of [
    'http://example.com/',
    'https://a:b@example.com/',
    'https://192.168.0.1/',
    'https://[fd00::1]/',
  ]) {
    const failure = await failureOf(register(served, url, NEW_SECRET, [WebhookEventType.PAYMENT_FAILED]));
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(failure.details[0]).toMatch(/^endpoint_url /);
  }
});

test('the expiry of a hold is taken in once its time is over, not before', async () => {
  const served = await sale();
  const { reservationId } = await unpaid(served);
  const tell = (webhookId: string) => served.webhooks.receiveExpiryWebhook({ webhookId, reservationId });
  const early = await tell('early');
  expect(refusalOf(early)).toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: ['reservation_id RESERVATION_HOLD'],
  });
  served.clock.advance(60_000);
  const expired = await tell('on-time');
  expect(expired).toMatchObject({ accepted: true, correlationId: expect.stringMatching(/^expiry_/) });
  expect(await tell('on-time')).toEqual(expired);
  expect((await tell('once-more')).accepted).toBe(true);
  const nowhere = { webhookId: 'w', reservationId: 'rsv_none' };
  expect(refusalOf(await served.webhooks.receiveExpiryWebhook(nowhere))?.code).toBe('NOT_FOUND');

  const bought = await unpaid(served, 'A3');
  await served.payments.processPayment({ paymentIntentId: bought.paymentIntentId });
  await reservationIs(served, bought.reservationId, ReservationStatus.CONFIRMED);
  const late = { webhookId: 'late', reservationId: bought.reservationId };
  expect(refusalOf(await served.webhooks.receiveExpiryWebhook(late))?.details).toEqual([
    'reservation_id RESERVATION_CONFIRMED',
  ]);
});
