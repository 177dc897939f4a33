import { createHmac } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { timestampNow } from '@bufbuild/protobuf/wkt';
import {
  PaymentWebhookStatus,
  PaymentWebhookType,
  type ReceivePaymentWebhookRequest,
  ReceivePaymentWebhookRequestSchema,
  WebhookEventType,
  type WebhookService,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import { startReceiver } from '../receiver.ts';
import type { CasesOf } from './case.ts';
import { held, type Intended, intended, key, seatPrice, someTime } from './steps.ts';
import { PAYMENT_SECRET, type World } from './world.ts';

/** Signs the webhooks of a registration. */
const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

/** News that a payment is made, signed in the message itself, as gRPC has no body to sign. */
function signedNews({ reservationId, paymentIntentId }: Intended): ReceivePaymentWebhookRequest {
  const news = create(ReceivePaymentWebhookRequestSchema, {
    webhookId: `msg_${crypto.randomUUID()}`,
    eventType: PaymentWebhookType.APPROVED,
    timestamp: timestampNow(),
    data: {
      paymentIntentId,
      reservationId,
      status: PaymentWebhookStatus.SUCCESS,
      amount: seatPrice,
      transactionId: 'txn-of-the-network',
    },
  });
  const signature = createHmac('sha256', Buffer.from(PAYMENT_SECRET.slice('whsec_'.length), 'base64'))
    .update(`${news.webhookId}.${news.timestamp?.seconds}.`)
    .update(toBinary(ReceivePaymentWebhookRequestSchema, news))
    .digest('base64');
  return { ...news, signature: `v1,${signature}` };
}

const registration = (endpointUrl: string) => ({
  serviceName: 'box-office',
  endpointUrl,
  eventTypes: [WebhookEventType.PAYMENT_FAILED],
  secret: SECRET,
  ...key(),
});

async function registered({ service }: World): Promise<string> {
  const { url } = await startReceiver();
  const { webhookId, error } = await service.webhooks.registerWebhook(registration(url));
  expect(error).toBeUndefined();
  return webhookId;
}

export const webhookCases: CasesOf<typeof WebhookService> = {
  receivePaymentWebhook: {
    good: async (world) => {
      const intent = await intended(world);
      const { buyer, paymentIntentId } = intent;
      return {
        by: world.anonymous,
        request: signedNews(intent),
        answers: [{ accepted: true, correlationId: `${paymentIntentId}/approved`, processedAt: someTime }],
        afterwards: async () => {
          const { payment } = await buyer.payments.getPaymentStatus({ paymentIntentId });
          expect(payment).toMatchObject({
            status: PaymentStatus.COMPLETED,
            transactionId: 'txn-of-the-network',
          });
        },
      };
    },
    bad: async (world) => ({
      by: world.anonymous,
      request: { ...signedNews(await intended(world)), source: 'signed before this was written' },
      refused: { code: 'UNAUTHENTICATED', details: ['signature SIGNATURE_WRONG'] },
    }),
  },
  receiveExpiryWebhook: {
    good: async ({ still }) => {
      const { reservationId } = await held(still);
      still.clock.advance(61_000);
      return {
        by: still.service,
        request: { webhookId: crypto.randomUUID(), reservationId },
        answers: [
          { accepted: true, correlationId: expect.stringMatching(/^expiry_/), processedAt: someTime },
        ],
      };
    },
    bad: async (world) => ({
      by: world.service,
      request: { webhookId: crypto.randomUUID(), reservationId: (await held(world)).reservationId },
      refused: { code: 'FAILED_PRECONDITION', details: ['reservation_id RESERVATION_HOLD'] },
    }),
  },
  registerWebhook: {
    good: async ({ service }) => ({
      by: service,
      request: registration((await startReceiver()).url),
      answers: [{ registered: true, webhookId: expect.stringMatching(/^wh_/), registeredAt: someTime }],
    }),
    bad: async ({ service }) => ({
      by: service,
      request: registration('https://10.0.0.1/hooks'),
      refused: { code: 'INVALID_ARGUMENT', details: ['endpoint_url NOT_PUBLIC'] },
    }),
  },
  validateWebhook: {
    good: async (world) => {
      const [id, body, now] = ['msg_1', '{"type":"reservation.expired"}', new Date()];
      return {
        by: world.service,
        request: {
          webhookId: await registered(world),
          payload: `${id}.${Math.floor(now.getTime() / 1000)}.${body}`,
          signature: new Webhook(SECRET).sign(id, now, body),
        },
        answers: [{ valid: true, reason: '', validatedAt: someTime }],
      };
    },
    bad: async ({ service }) => ({
      by: service,
      request: { webhookId: 'wh_none', payload: '{}', signature: 'v1,x' },
      refused: { code: 'NOT_FOUND', details: ['webhook_id WEBHOOK_NOT_FOUND'] },
    }),
  },
};
