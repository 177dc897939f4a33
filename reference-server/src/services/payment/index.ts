import type { ServiceImpl } from '@connectrpc/connect';
import type { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { callOf, inherit } from '@traffic-tacos/server';
import { cancelPayment } from './cancel-payment.ts';
import { createPaymentIntent } from './create-payment-intent.ts';
import type { PaymentDeps } from './deps.ts';
import { processPayment } from './process-payment.ts';
import { getPaymentStatus, listPayments } from './read-payments.ts';
import { simulateWebhook } from './simulate-webhook.ts';

export { type PaymentChange, paymentChanges, paymentsOf } from './changes.ts';
export type { PaymentDeps } from './deps.ts';
export { isPaid } from './is-paid.ts';
export { settleDuePayment } from './settle-due.ts';
export { currentIntentTable, paymentTable } from './tables.ts';
export { takeInResult } from './take-in-result.ts';

/** Payments through a simulated gateway. */
export function paymentService(deps: PaymentDeps): Partial<ServiceImpl<typeof PaymentService>> {
  return {
    createPaymentIntent: (request, context) =>
      createPaymentIntent(deps, request, callOf(context), inherit(context)),
    processPayment: (request, context) => processPayment(deps, request, callOf(context), inherit(context)),
    getPaymentStatus: (request, context) =>
      getPaymentStatus(deps, request, callOf(context), inherit(context)),
    cancelPayment: (request, context) => cancelPayment(deps, request, callOf(context), inherit(context)),
    listPayments: (request) => listPayments(deps, request),
    simulateWebhook: (request, context) => simulateWebhook(deps, request, callOf(context), inherit(context)),
  };
}
