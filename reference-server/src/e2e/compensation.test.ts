import { PaymentScenario, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import {
  CompensationActionType,
  CompensationType,
  ProcessingStatus,
  ReservationStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect, test } from 'vitest';
import { audit } from './audit.ts';
import { bought, eventually, held, intentFor, seatsByStatus } from './booking.ts';
import { refusalOf } from './refusal.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

const HOLD_MS = 60_000;

const sale = sharedSale({ paymentDelayMs: 5_000 });

const compensate = ({ worker }: Sale, reservationId: string, compensationType: CompensationType) =>
  worker.processCompensation({
    reservationId,
    compensationType,
    originalOperation: 'payment.v1.PaymentService/ProcessPayment',
    failureReason: 'the payment service is gone',
    correlationId: crypto.randomUUID(),
  });

const statusOf = async ({ reservations }: Sale, reservationId: string) =>
  (await reservations.getReservation({ reservationId, userId: 'ann' })).reservation?.status;

const booksAgree = ({ store, clock }: Sale) =>
  eventually(async () => {
    clock.advance(100);
    expect((await audit(store, clock.now(), 10)).violations).toEqual([]);
  });

test.each([
  [
    'release',
    CompensationType.RELEASE_SEATS,
    CompensationActionType.INVENTORY_RELEASE,
    ReservationStatus.FAILED,
  ],
  [
    'cancel',
    CompensationType.CANCEL_RESERVATION,
    CompensationActionType.RESERVATION_CANCEL,
    ReservationStatus.CANCELLED,
  ],
])('%s: a hold is given back once', async (_name, type, action, ends) => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const first = await compensate(served, reservationId, type);
  expect(first).toMatchObject({
    status: ProcessingStatus.SUCCESS,
    actionsTaken: [{ actionType: action, success: true }],
    requiresManualIntervention: false,
  });
  expect(await seatsByStatus(served)).toMatchObject({ RESERVED: [], SOLD: [] });
  expect(await statusOf(served, reservationId)).toBe(ends);

  expect(await compensate(served, reservationId, type)).toMatchObject({
    status: ProcessingStatus.SKIPPED,
    actionsTaken: [],
  });
  await booksAgree(served);
});

test.each([CompensationType.RELEASE_SEATS, CompensationType.CANCEL_RESERVATION])(
  'a confirmed reservation keeps its seats, whatever compensation %i wants',
  async (type) => {
    const served = await sale();
    const { reservationId } = await bought(served, { userId: 'ann', seatIds: ['A1'] });
    const answer = await compensate(served, reservationId, type);

    expect(answer.status).toBe(ProcessingStatus.FAILED);
    expect(refusalOf(answer)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      details: ['compensation_type RESERVATION_ALREADY_CONFIRMED'],
    });
    expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);
    await booksAgree(served);
  },
);

test('refund: the money goes back, then the seats', async () => {
  const served = await sale();
  const { reservationId, paymentIntentId } = await bought(served, { userId: 'ann', seatIds: ['A1', 'A2'] });
  const answer = await compensate(served, reservationId, CompensationType.REFUND_PAYMENT);

  expect(answer.status).toBe(ProcessingStatus.SUCCESS);
  // The worker may have heard of the refund before, and have put the seats back.
  expect(answer.actionsTaken[0]).toMatchObject({
    actionType: CompensationActionType.PAYMENT_REFUND,
    targetService: 'payment.v1.PaymentService',
    success: true,
  });
  expect(await statusOf(served, reservationId)).toBe(ReservationStatus.REFUNDED);
  const { payment } = await served.payments.getPaymentStatus({ paymentIntentId, userId: 'ann' });
  expect(payment?.status).toBe(PaymentStatus.REFUNDED);
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
  await booksAgree(served);

  const again = await compensate(served, reservationId, CompensationType.REFUND_PAYMENT);
  expect(again).toMatchObject({ status: ProcessingStatus.SKIPPED, actionsTaken: [] });
});

test('refund: a payment without a result is waited for', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann', PaymentScenario.DELAY);
  await served.payments.processPayment({ paymentIntentId });
  const correlationId = crypto.randomUUID();
  const ask = () =>
    served.worker.processCompensation({
      reservationId,
      compensationType: CompensationType.REFUND_PAYMENT,
      correlationId,
    });
  const early = await ask();
  expect(early).toMatchObject({
    status: ProcessingStatus.RETRY,
    actionsTaken: [{ success: false }],
    requiresManualIntervention: false,
  });
  expect(refusalOf(early)?.code).toBe('CONCURRENT_MODIFICATION');

  served.clock.advance(5_000);
  // The same delivery again: what may pass is not kept.
  await eventually(async () => expect((await ask()).status).toBe(ProcessingStatus.SUCCESS));
  await booksAgree(served);
  expect((await seatsByStatus(served)).SOLD).toEqual([]);
});

test('clean up: an intent that nobody can pay any more is called off; a hold that runs is left alone', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  const running = await compensate(served, reservationId, CompensationType.CLEANUP_ORPHANED);
  expect(running).toMatchObject({ status: ProcessingStatus.SKIPPED, actionsTaken: [] });
  expect((await seatsByStatus(served)).RESERVED).toEqual(['A1']);

  await served.reservations.cancelReservation({ reservationId, userId: 'ann' });
  const cleaned = await compensate(served, reservationId, CompensationType.CLEANUP_ORPHANED);
  expect(cleaned).toMatchObject({
    status: ProcessingStatus.SUCCESS,
    actionsTaken: [{ actionType: CompensationActionType.PAYMENT_REFUND, success: true }],
  });
  const { payment } = await served.payments.getPaymentStatus({ paymentIntentId, userId: 'ann' });
  expect(payment?.status).toBe(PaymentStatus.CANCELLED);
});

test('seats that were sold past the reservations end among the dead letters, and nowhere else', async () => {
  const served = await sale();
  const reservationId = await held(served, { userId: 'ann', seatIds: ['A1'] });
  await served.inventory.commitReservation({
    reservationId,
    eventId: served.eventId,
    paymentIntentId: 'pi_of_another_system',
    idempotencyKey: crypto.randomUUID(),
  });
  const other = await held(served, { userId: 'bob', seatIds: ['A2'] });
  served.clock.advance(HOLD_MS);
  await eventually(async () => {
    served.clock.advance(60_000);
    const { metrics } = await served.worker.getJobStatus({});
    expect(metrics?.totalEventsFailed).toBe(1);
  });
  const { reservation } = await served.reservations.getReservation({ reservationId: other, userId: 'bob' });
  expect(reservation?.status).toBe(ReservationStatus.EXPIRED);
  expect((await seatsByStatus(served)).SOLD).toEqual(['A1']);
});

test('an unknown reservation is not compensated', async () => {
  const served = await sale();
  const answer = await compensate(served, 'rsv_unknown', CompensationType.REFUND_PAYMENT);
  expect(answer.status).toBe(ProcessingStatus.FAILED);
  expect(refusalOf(answer)?.code).toBe('NOT_FOUND');
});
