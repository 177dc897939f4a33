/**
 * The request to pay back all that is left of a payment. The same whoever makes it and why: a key goes with one request,
 * and after a crash another part of the worker may come to the same step.
 */
export function fullRefund(reservationId: string, paymentIntentId: string) {
  return {
    paymentIntentId,
    reason: 'the booking cannot be completed',
    idempotencyKey: `${reservationId}/refund/${paymentIntentId}`,
  };
}
