import { createHmac } from 'node:crypto';
import { WebhookEventType } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { eventually, held } from './booking.ts';
import { NEW_SECRET, OLD_SECRET, post, reservationIs, stateOf, unpaid, webhookSale } from './payment-news.ts';
import { startReceiver } from './receiver.ts';
import { failureOf, refusalOf } from './refusal.ts';
import type { Sale } from './shared-sale.ts';

const sale = webhookSale();

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

test('SECURITY 27: an intent that was replaced before it was paid tells nobody, and receivers of a buyer are counted', async () => {
  const served = await sale();
  const receivers = await Promise.all([startReceiver(), startReceiver()]);
  const userId = 'eve';
  const reservationId = await held(served, { userId, seatIds: ['A1'] });
  const named = (webhookUrl: string) =>
    served.payments.createPaymentIntent({ reservationId, userId, webhookUrl });
  const [former, current] = [await named(receivers[0].url), await named(receivers[1].url)];
  expect(await stateOf(served, former.paymentIntentId)).toBe('CANCELLED');

  for (let port = 1; port <= 8; port++) {
    expect((await named(`http://127.0.0.1:${port}/`)).error).toBeUndefined();
  }
  const refused = refusalOf(await named('http://127.0.0.1:9/'));
  expect(refused).toMatchObject({ code: 'QUOTA_EXCEEDED', details: ['webhook_url TOO_MANY_RECEIVERS'] });
  // The refused one has replaced nothing, and the receivers named before may still be named.
  const last = await named(receivers[1].url);
  expect(last.error).toBeUndefined();
  expect(last.paymentIntentId).not.toBe(current.paymentIntentId);

  await served.payments.processPayment({ paymentIntentId: last.paymentIntentId });
  await eventually(async () => expect(receivers[1].requests).toHaveLength(1));
  expect(receivers[1].requests[0]?.body).toContain(last.paymentIntentId);
  expect(receivers[0].requests).toHaveLength(0);
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
    targetStatus: PaymentStatus.FAILED,
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
