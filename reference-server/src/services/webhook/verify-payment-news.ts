import type { ReceivePaymentWebhookRequest } from '@traffic-tacos/contracts/gateway/v1';
import { type CallFailure, refuse, serviceCaller, type VerifyRequest } from '@traffic-tacos/server';
import { areFreshSeconds, isFresh, isSignedBy, timestampSeconds } from '../../domain/webhook/index.ts';
import { msOf } from '../shared/time.ts';
import { canonicalNews } from './canonical-news.ts';
import type { WebhookDeps } from './deps.ts';

/** Whoever knows the secret speaks for the payment side. */
const paymentSide = serviceCaller('payment-webhook');

/**
 * Checks the signature of payment news: in the message itself, or in the headers of a provider that signs the body.
 * The signature comes first, so that who cannot sign learns nothing more.
 *
 * @throws CallFailure UNAUTHENTICATED
 */
export function verifyPaymentNews({
  paymentSecrets,
  clock,
}: Pick<WebhookDeps, 'paymentSecrets' | 'clock'>): VerifyRequest<ReceivePaymentWebhookRequest> {
  return (request, { header, body }) => {
    const now = clock();
    const standard = header.get('webhook-signature');
    const signature = request.signature || standard || header.get('x-webhook-signature') || '';
    if (signature === '' || signature.length > MAX_SIGNATURE) {
      throw refused('SIGNATURE_REQUIRED', 'the request carries no signature');
    }
    const sentAt = msOf(request.timestamp);
    if (request.signature !== '') {
      const seconds = request.timestamp?.seconds ?? 0n;
      const standard = [`${request.webhookId}.${seconds}.`, canonicalNews(request)];
      requireSigned(isSignedBy(signature, paymentSecrets, { standard }));
    } else {
      if (body === undefined) {
        throw refused('SIGNATURE_REQUIRED', 'over this protocol the signature goes into the message');
      }
      const id = header.get('webhook-id') ?? request.webhookId;
      const stamp = header.get('webhook-timestamp') ?? '';
      requireSigned(isSignedBy(signature, paymentSecrets, { standard: [`${id}.${stamp}.`, body], body }));
      const seconds = timestampSeconds(stamp);
      if (standard && (seconds === undefined || !areFreshSeconds(seconds, now))) {
        throw refused('TIMESTAMP_OFF', 'webhook-timestamp is more than 300 seconds off');
      }
      if (id !== request.webhookId) {
        throw refused('ID_DIFFERS', 'webhook-id is not the webhook_id of the body');
      }
    }
    if (sentAt === undefined || !isFresh(sentAt, now)) {
      throw refused('TIMESTAMP_OFF', 'timestamp is missing, or more than 300 seconds off');
    }
    return paymentSide;
  };
}

/** Characters of a signature, as of the message's field. */
const MAX_SIGNATURE = 2048;

function requireSigned(isSigned: boolean): void {
  if (!isSigned) {
    throw refused('SIGNATURE_WRONG', 'the signature is not that of the body by a secret of this webhook');
  }
}

function refused(reason: string, message: string): CallFailure {
  return refuse('UNAUTHENTICATED', message, [{ field: 'signature', reason }]);
}
