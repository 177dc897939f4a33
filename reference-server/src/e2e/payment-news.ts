import { randomUUID } from 'node:crypto';
import { create, fromBinary, toJson } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import {
  PaymentWebhookStatus,
  PaymentWebhookType,
  ReceivePaymentWebhookRequestSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import type { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import { paymentTable } from '../services/payment/index.ts';
import { eventually, held, intentFor } from './booking.ts';
import { refusalOf } from './refusal.ts';
import type { Fields } from './sale.ts';
import { type Sale, sharedSale } from './shared-sale.ts';

/** Signs what is sent, and is taken. */
export const NEW_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
/** Is taken during the rotation. */
export const OLD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

/** A sale whose payment side signs with these secrets. */
export const webhookSale = () =>
  sharedSale({ paymentWebhookSecrets: [NEW_SECRET, OLD_SECRET], paymentDelayMs: 5_000 });

const METHOD = '/gateway.v1.WebhookService/ReceivePaymentWebhook';

/** A hold with a pending intent to pay for it. */
export async function unpaid(served: Sale, seatId = 'A1') {
  const reservationId = await held(served, { userId: 'ann', seatIds: [seatId] });
  const paymentIntentId = await intentFor(served, reservationId, 'ann');
  return { reservationId, paymentIntentId };
}

type News = Fields<typeof ReceivePaymentWebhookRequestSchema>;

/** What a payment provider says of a payment, in JSON. */
export function paidNews(
  served: Sale,
  { reservationId, paymentIntentId }: Awaited<ReturnType<typeof unpaid>>,
  change: { readonly data?: News['data']; readonly news?: News } = {},
): { readonly id: string; readonly body: string } {
  const news = create(ReceivePaymentWebhookRequestSchema, {
    webhookId: `msg_${randomUUID()}`,
    eventType: PaymentWebhookType.APPROVED,
    timestamp: timestampFromMs(served.clock.now()),
    data: {
      paymentIntentId,
      reservationId,
      status: PaymentWebhookStatus.SUCCESS,
      amount: { amount: 50_000n, currency: 'KRW' },
      transactionId: 'txn-of-the-network',
      ...(change.data as object),
    },
    ...change.news,
  });
  return {
    id: news.webhookId,
    body: JSON.stringify(toJson(ReceivePaymentWebhookRequestSchema, news), null, 2),
  };
}

/** Headers of Standard Webhooks, as the published library makes them. */
export function signed(
  { clock }: Sale,
  { id, body }: { id: string; body: string },
  secret = NEW_SECRET,
  at = clock.now(),
) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  };
}

/** Posts a body as it is. */
export async function post({ url }: Sale, body: string, headers: Record<string, string>) {
  const response = await fetch(url + METHOD, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const answer = (await response.json()) as {
    accepted?: boolean;
    correlationId?: string;
    error?: unknown;
    details?: { value: string }[];
  };
  const [detail] = answer.details ?? [];
  return {
    status: response.status,
    replayed: response.headers.get('idempotent-replayed'),
    answer,
    /** Why it was refused. */
    refusal: detail && refusalOf({ error: fromBinary(ErrorSchema, Buffer.from(detail.value, 'base64')) }),
  };
}

/** The state that is recorded of a payment. */
export const stateOf = async ({ store }: Sale, intentId: string) =>
  (await store.get(paymentTable, intentId))?.value.state;

/** Waits until a reservation has a status. */
export const reservationIs = (served: Sale, reservationId: string, status: ReservationStatus) =>
  eventually(async () => {
    const { reservation } = await served.reservations.getReservation({ reservationId, userId: 'ann' });
    expect(reservation?.status).toBe(status);
  });
