import { create, enumToJson, toJson } from '@bufbuild/protobuf';
import {
  PaymentWebhookDataSchema,
  PaymentWebhookStatus,
  PaymentWebhookType,
  PaymentWebhookTypeSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import type { Payment, PaymentState } from '../../domain/payment/payment.ts';
import type { CallbackRules } from '../../domain/webhook/index.ts';
import type { Store, Write } from '../../store/index.ts';
import { moneyOf } from '../shared/money.ts';
import { derivedId } from '../shared/new-id.ts';
import { timestampOf } from '../shared/time.ts';
import { callableUrl } from './callable-url.ts';
import { enqueue } from './delivery/enqueue.ts';
import { namedAddress } from './named-addresses.ts';

/** What payments need of webhooks: notices to the address that an intent was made with. */
export interface PaymentWebhooks {
  /** The address in the form that is kept. @throws CallFailure INVALID_ARGUMENT for one that may not be called. */
  readonly urlOf: (webhookUrl: string) => string;
  /**
   * The writes that go with a new intent whose buyer wants an address called.
   *
   * @throws CallFailure QUOTA_EXCEEDED where the buyer has named too many, or too much waits for them.
   */
  readonly named: (payment: Payment, now: number) => Promise<readonly Write[]>;
  /** The `webhook-id` under which a payment's receiver hears of its state; empty without a receiver. */
  readonly idOf: (payment: Payment) => string;
  /**
   * The writes that tell a payment's receiver of its state, for the transaction that brings it there; none without a
   * receiver. One that was told before is told again, under the same id.
   */
  readonly notice: (payment: Payment, now: number) => Write[];
}

/**
 * Notices are requests of ReceivePaymentWebhook in JSON.
 *
 * @param options.retries - deliveries after the first one failed
 */
export function paymentWebhooks(options: {
  readonly store: Store;
  readonly rules: CallbackRules;
  readonly retries: number;
}): PaymentWebhooks {
  const { store, rules, retries } = options;
  const idOf = ({ intentId, state, webhookUrl, refunds }: Payment): string =>
    webhookUrl === undefined ? '' : derivedId('msg', intentId, state, refunds?.at(-1)?.id ?? '');
  return {
    urlOf: (webhookUrl) => callableUrl(webhookUrl, 'webhook_url', rules).url.href,
    named: async ({ userId, webhookUrl }, now) =>
      webhookUrl === undefined ? [] : namedAddress(store, userId, webhookUrl, now),
    idOf,
    notice(payment, now) {
      const { webhookUrl: url, userId: namedBy, state } = payment;
      if (url === undefined) {
        return [];
      }
      const content = JSON.stringify({
        eventType: enumToJson(PaymentWebhookTypeSchema, TYPES[state]),
        data: dataOf(payment),
      });
      const delivery = {
        id: idOf(payment),
        namedBy,
        url,
        name: `payment ${state}`,
        content,
        maxAttempts: 1 + retries,
      };
      return enqueue(delivery, now, { again: true });
    },
  };
}

const TYPES: Readonly<Record<PaymentState, PaymentWebhookType>> = {
  PENDING: PaymentWebhookType.PENDING,
  PROCESSING: PaymentWebhookType.PENDING,
  COMPLETED: PaymentWebhookType.APPROVED,
  FAILED: PaymentWebhookType.FAILED,
  EXPIRED: PaymentWebhookType.FAILED,
  CANCELLED: PaymentWebhookType.CANCELLED,
  REFUNDED: PaymentWebhookType.REFUNDED,
};

const STATUSES: Readonly<Record<PaymentState, PaymentWebhookStatus>> = {
  PENDING: PaymentWebhookStatus.UNSPECIFIED,
  PROCESSING: PaymentWebhookStatus.UNSPECIFIED,
  COMPLETED: PaymentWebhookStatus.SUCCESS,
  FAILED: PaymentWebhookStatus.FAILED,
  EXPIRED: PaymentWebhookStatus.TIMEOUT,
  CANCELLED: PaymentWebhookStatus.CANCELLED,
  REFUNDED: PaymentWebhookStatus.REFUNDED,
};

function dataOf(payment: Payment) {
  const { state, outcome, processedAt } = payment;
  const amount = state === 'REFUNDED' ? (payment.refundedAmount ?? payment.amount) : payment.amount;
  const timedOut = state === 'FAILED' && outcome?.gatewayResponse === 'NO_ANSWER';
  const data = create(PaymentWebhookDataSchema, {
    paymentIntentId: payment.intentId,
    reservationId: payment.reservationId,
    transactionId: payment.transactionId ?? '',
    status: timedOut ? PaymentWebhookStatus.TIMEOUT : STATUSES[state],
    amount: moneyOf(amount, payment.currency),
    failureReason: outcome?.failureReason ?? '',
    ...(processedAt !== undefined && { processedAt: timestampOf(processedAt) }),
  });
  return toJson(PaymentWebhookDataSchema, data);
}
