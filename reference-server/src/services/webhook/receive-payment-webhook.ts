import { create } from '@bufbuild/protobuf';
import {
  PaymentWebhookStatus,
  type ReceivePaymentWebhookRequest,
  type ReceivePaymentWebhookResponse,
  ReceivePaymentWebhookResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { type Call, CallFailure } from '@traffic-tacos/server';
import { takeBack } from '../../timers/index.ts';
import { mayPass } from '../shared/may-pass.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import type { WebhookDeps } from './deps.ts';
import type { PaymentNews, TakenIn } from './payment-news.ts';
import { keepUnbooked } from './unbooked-news.ts';

/**
 * Takes the result of a payment in, once, and only where the platform's own record bears it out. What it does not bear
 * out waits among the dead letters.
 */
export async function receivePaymentWebhook(
  deps: WebhookDeps,
  request: ReceivePaymentWebhookRequest,
  call: Call,
): Promise<ReceivePaymentWebhookResponse> {
  const news = newsOf(request);
  call.log.info(
    { source: request.source, webhook_id: request.webhookId, attempt: request.attempt, state: news.state },
    'news of a payment',
  );
  let answer: ReceivePaymentWebhookResponse | undefined;
  try {
    const taken = await deps.takeIn(news, (outcome) => {
      answer = responseOf(news, outcome);
      // An earlier delivery may have come too early.
      return [...recorded(call, answer), takeBack('payment-news', request.webhookId)];
    });
    return answer ?? responseOf(news, taken);
  } catch (error) {
    if (error instanceof CallFailure && !mayPass(error.code)) {
      call.log.error({ err: error, webhook_id: request.webhookId }, 'news of a payment was not booked');
      await keepUnbooked(deps, request.webhookId, news, error);
    }
    throw error;
  }
}

const STATES: Readonly<Record<PaymentWebhookStatus, PaymentNews['state']>> = {
  [PaymentWebhookStatus.UNSPECIFIED]: 'PROCESSING',
  [PaymentWebhookStatus.SUCCESS]: 'COMPLETED',
  [PaymentWebhookStatus.FAILED]: 'FAILED',
  [PaymentWebhookStatus.CANCELLED]: 'CANCELLED',
  [PaymentWebhookStatus.REFUNDED]: 'REFUNDED',
  [PaymentWebhookStatus.TIMEOUT]: 'FAILED',
};

/** The rules of the contract leave no request without data. */
function newsOf({ data }: ReceivePaymentWebhookRequest): PaymentNews {
  const { amount, status = PaymentWebhookStatus.UNSPECIFIED } = data ?? {};
  return {
    intentId: data?.paymentIntentId ?? '',
    reservationId: data?.reservationId ?? '',
    state: STATES[status],
    timedOut: status === PaymentWebhookStatus.TIMEOUT,
    amount: amount && { amount: amount.amount, currency: amount.currency },
    transactionId: data?.transactionId ?? '',
    failureReason: data?.failureReason ?? '',
  };
}

function responseOf({ state }: PaymentNews, { eventId, at, isNew }: TakenIn): ReceivePaymentWebhookResponse {
  return create(ReceivePaymentWebhookResponseSchema, {
    accepted: true,
    correlationId: eventId,
    processedAt: timestampOf(at),
    nextAction: isNew ? NEXT[state] : '',
  });
}

const NEXT: Readonly<Record<PaymentNews['state'], string>> = {
  COMPLETED: 'The worker confirms the reservation, or refunds the payment where the hold has lapsed.',
  FAILED: 'The hold stays with its buyer, who may pay with a new intent.',
  CANCELLED: 'The hold stays with its buyer, who may pay with a new intent.',
  REFUNDED: 'The seats go back on sale.',
  PROCESSING: 'The result is awaited.',
};
