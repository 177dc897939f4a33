import {
  PaymentWebhookStatus,
  PaymentWebhookType,
  ReceiveExpiryWebhookRequestSchema,
  ReceivePaymentWebhookRequestSchema,
  RegisterWebhookRequestSchema,
  ValidateWebhookRequestSchema,
  WebhookEventType,
} from '@traffic-tacos/contracts/gateway/v1';
import {
  count,
  enumOf,
  form,
  id,
  key,
  type Limit,
  neededKey,
  optionalId,
  pairs,
  type Refused,
  range,
  text,
  upTo,
  within,
} from './limit.ts';
import { webhookUrl } from './payment.ts';
import { type RequestCases, request } from './request.ts';
import { money, time } from './types.ts';

const delivery = {
  webhookId: 'evt_1',
  eventType: PaymentWebhookType.APPROVED,
  data: { paymentIntentId: 'pi_1', status: PaymentWebhookStatus.SUCCESS },
  timestamp: time(1_700_000_000),
};

const registration = {
  serviceName: 'mailer',
  endpointUrl: 'https://example.com/hooks',
  eventTypes: [WebhookEventType.PAYMENT_APPROVED],
  secret: 's'.repeat(16),
};

/** Headers of a request that the platform sends. */
const headers: Limit = {
  good: [{}, { 'X-Api_Key': 'a b~' }, { ['k'.repeat(128)]: '' }, { a: 'v'.repeat(1024) }],
  bad: [
    ...pairs.bad.filter(([, rule]) => rule === 'map.max_pairs'),
    ...['', 'a b', 'a:b', 'a\n', 'é', 'k'.repeat(129)].map(
      (name): Refused => [{ [name]: 'v' }, 'string.pattern', `[${JSON.stringify(name)}]`],
    ),
    ...['a\r\nb', 'é', '\u0000'].map((value): Refused => [{ a: value }, 'string.pattern', '["a"]']),
    [{ a: 'v'.repeat(1025) }, 'string.max_len', '["a"]'],
  ],
};

const contentType = form(['', 'application/json; charset=utf-8'], ['a\r\nb', 'é']);

export const webhookRules: readonly RequestCases[] = [
  request(
    ReceivePaymentWebhookRequestSchema,
    delivery,
    {
      webhookId: neededKey,
      eventType: enumOf(PaymentWebhookType, PaymentWebhookType.UNSPECIFIED),
      data: within(
        {
          paymentIntentId: id,
          reservationId: optionalId,
          transactionId: upTo(255),
          amount: money,
          status: {
            good: enumOf(PaymentWebhookStatus, PaymentWebhookStatus.UNSPECIFIED).good,
            bad: enumOf(PaymentWebhookStatus).bad,
          },
          failureReason: upTo(1000),
          metadata: pairs,
        },
        delivery.data,
      ),
      signature: upTo(2048),
      source: upTo(128),
      attempt: count,
    },
    {
      valid: [
        { ...delivery, data: { paymentIntentId: 'pi_1', status: PaymentWebhookStatus.TIMEOUT } },
        { ...delivery, eventType: PaymentWebhookType.PENDING, data: { paymentIntentId: 'pi_1' } },
      ],
      invalid: [
        [{ ...delivery, data: { paymentIntentId: 'pi_1' } }, ' receive_payment_webhook.status'],
        [
          { webhookId: 'evt_1', eventType: PaymentWebhookType.APPROVED },
          'data required',
          'timestamp required',
        ],
      ],
    },
  ),
  request(
    ReceiveExpiryWebhookRequestSchema,
    { webhookId: 'evt_1', reservationId: 'res_1' },
    { webhookId: neededKey, reservationId: id, source: upTo(128), metadata: pairs },
  ),
  request(
    RegisterWebhookRequestSchema,
    registration,
    {
      serviceName: id,
      endpointUrl: { ...webhookUrl, good: webhookUrl.good.filter((url) => url !== '') },
      eventTypes: {
        good: [[1], [1, 2, 3, 4, 5]],
        bad: [
          [[], 'repeated.min_items'],
          [[1, 2, 1], 'repeated.unique'],
          [[1, 0], 'enum.not_in', '[1]'],
          [[6, 1], 'enum.defined_only', '[0]'],
        ],
      },
      secret: text(16, 255),
      config: within({
        retryCount: range(0, 20),
        timeoutSeconds: range(0, 30),
        headers,
        contentType: {
          good: [...contentType.good, 'x'.repeat(128)],
          bad: [...contentType.bad, ['x'.repeat(129), 'string.max_len']],
        },
      }),
      idempotencyKey: key,
    },
    {
      invalid: [
        [
          { ...registration, endpointUrl: '' },
          'endpoint_url string.min_len',
          'endpoint_url string.uri_empty',
        ],
        [
          { ...registration, eventTypes: Array.from({ length: 51 }, () => WebhookEventType.PAYMENT_FAILED) },
          'event_types repeated.max_items',
          'event_types repeated.unique',
        ],
      ],
    },
  ),
  request(
    ValidateWebhookRequestSchema,
    { webhookId: 'wh_1', signature: 'v1,x' },
    { payload: upTo(65_536), signature: text(1, 2048), webhookId: id },
  ),
];
