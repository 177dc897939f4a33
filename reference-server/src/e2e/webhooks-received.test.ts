import { createHmac } from 'node:crypto';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { PaymentWebhookStatus } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { paymentTable } from '../services/payment/index.ts';
import { seatsByStatus } from './booking.ts';
import {
  NEW_SECRET,
  OLD_SECRET,
  paidNews,
  post,
  reservationIs,
  signed,
  stateOf,
  unpaid,
  webhookSale,
} from './payment-news.ts';

const sale = webhookSale();

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
  expect(conflict).toMatchObject({ status: 409, refusal: { code: 'IDEMPOTENCY_CONFLICT' } });
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
    const { status, refusal } = await post(served, news.body, signed(served, news));
    expect(status).toBe(400);
    expect(refusal?.code).toBe('PAYMENT_NOT_APPROVED');
    expect(refusal?.details).toContain(detail);
  }
  const nobody = paidNews(served, { ...booking, paymentIntentId: 'pi_unknown' });
  const unknown = await post(served, nobody.body, signed(served, nobody));
  expect(unknown).toMatchObject({ status: 404, refusal: { code: 'NOT_FOUND' } });
  expect([
    await served.store.get(paymentTable, booking.paymentIntentId),
    await served.store.get(paymentTable, other.paymentIntentId),
    await seatsByStatus(served),
  ]).toEqual(before);
});
