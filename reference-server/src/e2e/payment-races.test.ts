import { PaymentWebhookStatus, PaymentWebhookType } from '@traffic-tacos/contracts/gateway/v1';
import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { expect, test } from 'vitest';
import { outboxTable } from '../events/index.ts';
import { openStore } from '../open-store.ts';
import { paymentTable } from '../services/payment/index.ts';
import { currentIntentTable } from '../services/payment/tables.ts';
import { remove } from '../store/index.ts';
import { timerTable } from '../timers/index.ts';
import { bought, eventually, held, intentFor } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { heldUpStore } from './held-up-store.ts';
import { NEW_SECRET, paidNews, post, signed } from './payment-news.ts';
import { startReceiver } from './receiver.ts';
import { refusalOf } from './refusal.ts';
import { putOnSale, saleOf } from './sale.ts';
import { serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

/** Two processes on one store. What the first writes can be held up; timers are its work, too. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const shared = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => shared.close());
  const { store, holdUp } = heldUpStore(shared);
  const settings = { paymentWebhookSecrets: [NEW_SECRET], paymentDelayMs: 5_000 };
  const options = { clock: clock.now, settings, cleanUp };
  const timers = await serveOn({ ...options, store, worker: true });
  // What happens to a payment is told only when a test says so.
  const quiet = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => quiet.close());
  const apart = heldUpStore(quiet);
  return {
    clock,
    withTimers: {
      served: timers,
      second: await serveOn({ ...options, store: shared, worker: false }),
      holdUp,
    },
    withoutTimers: {
      served: await serveOn({ ...options, store: apart.store, worker: false }),
      second: await serveOn({ ...options, store: quiet, worker: false }),
      holdUp: apart.holdUp,
    },
    shared,
    quiet,
  };
});

let sales = 0;

/** The two processes with an event of the test's own; without `timers` nothing happens that no call asks for. */
async function twoProcesses(timers = false) {
  const { clock, withTimers, withoutTimers, shared, quiet } = running();
  const { served, second, holdUp } = timers ? withTimers : withoutTimers;
  const store = timers ? shared : quiet;
  const eventId = `show-${++sales}`;
  await putOnSale(served, saleOf({ now: clock.now(), event: { id: eventId } }));
  return {
    clock,
    store,
    first: { ...served, eventId, clock, store },
    second: { ...second, eventId, clock, store },
    /** Stops the first process when it writes the payment. */
    holdUp: (intentId: string) => holdUp('transact', paymentTable.name, intentId),
    /** Stops it when it writes which intent may be paid. */
    holdUpIntent: (reservationId: string) => holdUp('transact', currentIntentTable.name, reservationId),
    paymentOf: async (intentId: string) => (await store.get(paymentTable, intentId))?.value,
    /** As if the worker had told of all that has happened. */
    async tellAll() {
      for await (const { key } of store.scan(outboxTable)) {
        await store.transact([remove(outboxTable, key)]);
      }
    },
  };
}

const two = { userId: 'ann', seatIds: ['A1', 'A2'] };

test('a payment that is overtaken by its cancellation is not made', async () => {
  const { first, second, holdUp, paymentOf } = await twoProcesses();
  const paymentIntentId = await intentFor(first, await held(first, two), 'ann');
  const late = holdUp(paymentIntentId);
  const paying = first.payments.processPayment({ paymentIntentId });
  await late.reached;
  expect((await second.payments.cancelPayment({ paymentIntentId })).error).toBeUndefined();
  late.goOn();

  expect(refusalOf(await paying)?.details).toEqual(['payment_intent_id PAYMENT_CANCELLED']);
  expect(await paymentOf(paymentIntentId)).toMatchObject({ state: 'CANCELLED' });
});

test('a refund that is overtaken by another adds to it', async () => {
  const { first, second, holdUp, paymentOf, tellAll } = await twoProcesses();
  const { paymentIntentId } = await bought(first, two);
  const late = holdUp(paymentIntentId);
  const refunding = first.payments.cancelPayment({ paymentIntentId, seatIds: ['A1'] });
  await late.reached;
  const other = await second.payments.cancelPayment({ paymentIntentId, seatIds: ['A2'] });
  expect(other.status).toBe(PaymentStatus.COMPLETED);
  await tellAll();
  late.goOn();

  expect((await refunding).status).toBe(PaymentStatus.REFUNDED);
  expect(await paymentOf(paymentIntentId)).toMatchObject({
    refundedAmount: 100_000,
    refunds: [{ seatIds: ['A2'] }, { seatIds: ['A1'] }],
  });
});

test('news of a failure that is overtaken by the payment leaves it paid', async () => {
  const { first, second, holdUp, paymentOf } = await twoProcesses();
  const reservationId = await held(first, two);
  const paymentIntentId = await intentFor(first, reservationId, 'ann');
  const news = paidNews(
    first,
    { reservationId, paymentIntentId },
    { data: { status: PaymentWebhookStatus.FAILED, amount: undefined } as object },
  );
  const late = holdUp(paymentIntentId);
  const telling = post(first, news.body, signed(first, news));
  await late.reached;
  expect((await second.payments.processPayment({ paymentIntentId })).status).toBe(PaymentStatus.COMPLETED);
  late.goOn();

  expect((await telling).refusal?.details).toEqual(['payment_intent_id PAYMENT_COMPLETED']);
  expect(await paymentOf(paymentIntentId)).toMatchObject({ state: 'COMPLETED' });
});

test('news of a refund that is overtaken by another refunds what is left', async () => {
  const { first, second, holdUp, paymentOf, tellAll } = await twoProcesses();
  const booking = await bought(first, two);
  const { paymentIntentId } = booking;
  const news = paidNews(first, booking, {
    news: { eventType: PaymentWebhookType.REFUNDED },
    data: {
      status: PaymentWebhookStatus.REFUNDED,
      amount: { amount: 100_000n, currency: 'KRW' },
    } as object,
  });
  const late = holdUp(paymentIntentId);
  const telling = post(first, news.body, signed(first, news));
  await late.reached;
  await second.payments.cancelPayment({ paymentIntentId, seatIds: ['A2'] });
  await tellAll();
  late.goOn();

  expect((await telling).status).toBe(200);
  expect(await paymentOf(paymentIntentId)).toMatchObject({
    state: 'REFUNDED',
    refunds: [
      { amount: 50_000, seatIds: ['A2'] },
      { amount: 50_000, seatIds: ['A1'] },
    ],
  });
});

test('the simulator does not pay an intent that was called off while it tried', async () => {
  const { first, second, holdUp, paymentOf, clock, store } = await twoProcesses(true);
  const { paymentIntentId } = await first.payments.createPaymentIntent({
    reservationId: await held(first, two),
    userId: 'ann',
    webhookUrl: (await startReceiver()).url,
  });
  const late = holdUp(paymentIntentId);
  clock.advance(5_000);
  await late.reached;
  expect((await second.payments.cancelPayment({ paymentIntentId })).error).toBeUndefined();
  late.goOn();

  await eventually(async () =>
    expect(await store.get(timerTable, `payment-due/${paymentIntentId}`)).toBeUndefined(),
  );
  expect(await paymentOf(paymentIntentId)).toMatchObject({ state: 'CANCELLED' });
});

test('of two intents that are made at the same moment one can be paid', async () => {
  const { first, second, holdUpIntent, paymentOf } = await twoProcesses();
  const reservationId = await held(first, two);
  const late = holdUpIntent(reservationId);
  const making = intentFor(first, reservationId, 'ann', PaymentScenario.DELAY);
  await late.reached;
  const other = await intentFor(second, reservationId, 'ann');
  late.goOn();

  expect(await paymentOf(await making)).toMatchObject({ state: 'PENDING' });
  expect(await paymentOf(other)).toMatchObject({ state: 'CANCELLED' });
});

test('an intent that was paid while another was to take its place stays paid', async () => {
  const { first, second, holdUpIntent, paymentOf } = await twoProcesses();
  const reservationId = await held(first, two);
  const former = await intentFor(first, reservationId, 'ann');
  const late = holdUpIntent(reservationId);
  const replacing = first.payments.createPaymentIntent({
    reservationId,
    userId: 'ann',
    scenario: PaymentScenario.DELAY,
  });
  await late.reached;
  expect((await second.payments.processPayment({ paymentIntentId: former })).status).toBe(
    PaymentStatus.COMPLETED,
  );
  late.goOn();

  expect(refusalOf(await replacing)?.details).toEqual(['payment_intent_id PAYMENT_COMPLETED']);
  expect(await paymentOf(former)).toMatchObject({ state: 'COMPLETED' });
});
