import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { SaleStatus } from '@traffic-tacos/contracts/catalog/v1';
import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';
import { audit } from './audit.ts';
import { bought, eventually, seatsByStatus } from './booking.ts';
import { adjustableClock } from './clock.ts';
import { startIssuer } from './issuer.ts';
import { refusalOf } from './refusal.ts';
import { type EventInit, putOnSale, saleOf } from './sale.ts';
import { clientsOf, type Served, serveOn } from './serve.ts';
import { beforeAllTests } from './shared-sale.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A server that knows a buyer and an operator by their tokens. */
const running = beforeAllTests(async (cleanUp) => {
  const clock = adjustableClock();
  const store = await openStore({ memory: true, data: '' }, clock.now);
  cleanUp(() => store.close());
  const issuer = await startIssuer(cleanUp);
  const served = await serveOn({ store, clock: clock.now, worker: true, settings: issuer.settings, cleanUp });
  const exp = Math.floor(clock.now() / 1000) + 365 * 24 * 3600;
  const as = async (sub: string, roles: readonly string[] = []): Promise<Served> => ({
    ...served,
    ...clientsOf(served.url, cleanUp, await issuer.token({ sub, roles, exp })),
  });
  return { clock, store, buyer: await as('ann'), operator: await as('operator', ['admin']) };
});

let sales = 0;

/** A sale that starts in an hour, of `A1`, `A2`, … at 50,000 won and `F1`, `F2` for nothing. */
async function sale() {
  const { buyer, operator, ...rest } = running();
  const id = `show-${++sales}`;
  const now = rest.clock.now();
  const event: EventInit = {
    id,
    startTime: timestampFromMs(now + HOUR_MS),
    priceTiers: [
      { id: 'standard', price: { amount: 50_000n, currency: 'KRW' } },
      { id: 'free', price: { amount: 0n, currency: 'KRW' } },
    ],
    sections: [
      {
        id: 'floor',
        priceTierId: 'standard',
        layout: {
          case: 'seated',
          value: {
            rows: [
              { id: 'A', seatIdPrefix: 'A', seats: { case: 'range', value: { first: 1, count: 4 } } },
              {
                id: 'F',
                seatIdPrefix: 'F',
                priceTierId: 'free',
                seats: { case: 'range', value: { first: 1, count: 4 } },
              },
            ],
          },
        },
      },
    ],
  };
  await putOnSale(operator, saleOf({ now, event }));
  return { ...rest, buyer: { ...buyer, eventId: id }, operator: { ...operator, eventId: id } };
}

const won = (amount: number) => ({ amount: BigInt(amount), currency: 'KRW' });

/** Waits until exactly these seats are sold, and the records of all services agree. */
const settled = ({ buyer, store, clock }: Awaited<ReturnType<typeof sale>>, sold: readonly string[]) =>
  eventually(async () => {
    expect((await seatsByStatus(buyer)).SOLD).toEqual(sold);
    expect((await audit(store, clock.now(), 10)).violations).toEqual([]);
  });

test('a buyer does not get money back and keep the seats; an operator may grant it', async () => {
  const served = await sale();
  const { buyer, operator } = served;
  const { paymentIntentId } = await bought(buyer, { userId: 'ann', seatIds: ['A1', 'A2'] });
  for (const amount of [1, 50_000, 99_999]) {
    const answer = await buyer.payments.cancelPayment({ paymentIntentId, refundAmount: won(amount) });
    expect(answer.status).toBe(PaymentStatus.COMPLETED);
    expect(refusalOf(answer)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      details: ['refund_amount SEATS_KEPT', 'refund_amount AMOUNT_LEFT'],
    });
  }
  await settled(served, ['A1', 'A2']);
  const favour = await operator.payments.cancelPayment({ paymentIntentId, refundAmount: won(10_000) });
  expect(favour).toMatchObject({ status: PaymentStatus.COMPLETED, refundedAmount: won(10_000) });
  await settled(served, ['A1', 'A2']);

  // What is left, named or not, is given back with the seats.
  const rest = await buyer.payments.cancelPayment({ paymentIntentId, refundAmount: won(90_000) });
  expect(rest).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: won(90_000) });
  await settled(served, []);
});

test('a buyer gives tickets back until their event starts; an operator takes them back later, too', async () => {
  const served = await sale();
  const { buyer, operator, clock } = served;
  const { paymentIntentId } = await bought(buyer, { userId: 'ann', seatIds: ['A1', 'A2'] });
  clock.advance(HOUR_MS - 1);
  const inTime = await buyer.payments.cancelPayment({ paymentIntentId, seatIds: ['A1'] });
  expect(inTime).toMatchObject({ status: PaymentStatus.COMPLETED, refundedAmount: won(50_000) });
  await settled(served, ['A2']);

  clock.advance(1);
  for (const wish of [{}, { seatIds: ['A2'] }, { refundAmount: won(50_000) }]) {
    expect(refusalOf(await buyer.payments.cancelPayment({ paymentIntentId, ...wish }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      details: ['payment_intent_id EVENT_STARTED'],
    });
  }
  await settled(served, ['A2']);
  const late = await operator.payments.cancelPayment({ paymentIntentId });
  expect(late).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: won(50_000) });
  await settled(served, []);
});

test('the tickets of an event that was called off are taken back at any time', async () => {
  const served = await sale();
  const { buyer, operator, clock } = served;
  const { paymentIntentId } = await bought(buyer, { userId: 'ann', seatIds: ['A1'] });
  const { error } = await operator.catalog.updateEvent({
    event: { id: buyer.eventId, status: SaleStatus.CANCELLED },
    updateMask: { paths: ['status'] },
  });
  expect(error).toBeUndefined();
  clock.advance(2 * HOUR_MS);
  const back = await buyer.payments.cancelPayment({ paymentIntentId });
  expect(back).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: won(50_000) });
  await settled(served, []);
});

test('a refund by seat takes the seats it names, and leaves the others with their buyer, paid for or free', async () => {
  const served = await sale();
  const { buyer, operator } = served;
  const mixed = await bought(buyer, { userId: 'ann', seatIds: ['A1', 'F1'] });
  const paid = await buyer.payments.cancelPayment({ ...mixed, seatIds: ['A1'] });
  expect(paid).toMatchObject({ status: PaymentStatus.COMPLETED, refundedAmount: won(50_000) });
  await settled(served, ['F1']);
  const kept = await buyer.reservations.getReservation({ reservationId: mixed.reservationId });
  expect(kept.reservation?.status).toBe(ReservationStatus.CONFIRMED);
  const rest = await buyer.payments.cancelPayment({ ...mixed, seatIds: ['F1'] });
  expect(rest).toMatchObject({ status: PaymentStatus.REFUNDED, refundedAmount: won(0) });
  await settled(served, []);

  const free = await bought(buyer, { userId: 'ann', seatIds: ['F2', 'F3'] });
  expect((await buyer.payments.cancelPayment({ ...free, seatIds: ['F2'] })).status).toBe(
    PaymentStatus.COMPLETED,
  );
  await settled(served, ['F3']);

  const favoured = await bought(buyer, { userId: 'ann', seatIds: ['A2', 'A3'] });
  await operator.payments.cancelPayment({ ...favoured, seatIds: [], refundAmount: won(50_000) });
  expect((await buyer.payments.cancelPayment({ ...favoured, seatIds: ['A2'] })).status).toBe(
    PaymentStatus.COMPLETED,
  );
  await settled(served, ['A3', 'F3']);
});
