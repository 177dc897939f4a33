import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { refusal } from '../errors.ts';
import { ask, type BookingContext, pause, takeStep } from './context.ts';
import { present } from './present.ts';
import type { Paid, Paying, Reserved } from './step.ts';

/** Pauses between questions about a payment that takes its time, in milliseconds: doubling from first to last. */
const FIRST_POLL_MS = 250;
const LAST_POLL_MS = 2_000;

/** Pays for the reservation. */
export async function* pay(
  context: BookingContext,
  { reservationId, totalAmount: amount }: Reserved,
): AsyncGenerator<Paying | Paid, void> {
  const { gateway, held, request } = context;
  const { userId = '', payment = {} } = request;
  const { method = 0, scenario = 0, details } = payment;

  const intent = await takeStep(context, (idempotencyKey) =>
    gateway.createPaymentIntent({ reservationId, amount, userId, method, scenario, idempotencyKey }),
  );
  const { paymentIntentId } = intent;
  held.paymentIntentId = paymentIntentId;
  yield { type: 'paying', paymentIntentId };

  let { status, result } = await takeStep(context, (idempotencyKey) =>
    gateway.processPayment({
      paymentIntentId,
      idempotencyKey,
      ...(details && { paymentDetails: details }),
    }),
  );
  for (let pollMs = FIRST_POLL_MS; isOpen(status); pollMs = Math.min(LAST_POLL_MS, 2 * pollMs)) {
    await pause(context, pollMs);
    const answer = await ask(context, (options) =>
      gateway.getPaymentStatus({ paymentIntentId, userId }, options),
    );
    ({ status, result } = present(answer.payment, 'GetPaymentStatusResponse.payment'));
  }
  if (status !== PaymentStatus.COMPLETED) {
    const why = result?.failureReason || `the payment is ${PaymentStatus[status] ?? status}`;
    throw refusal('PAYMENT_NOT_APPROVED', why);
  }
  held.paid = true;
  yield { type: 'paid', paymentIntentId };
}

function isOpen(status: PaymentStatus): boolean {
  return status === PaymentStatus.PROCESSING || status === PaymentStatus.PENDING;
}
