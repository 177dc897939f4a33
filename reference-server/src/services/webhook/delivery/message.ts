import { activeSecrets, type Delivery, signatureHeaders } from '../../../domain/webhook/index.ts';
import type { Registration } from '../registration.ts';

/** What is sent in one try. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Who tells of payments. */
const SOURCE = 'payment-simulator';

/** An event, signed with the secrets of who has registered for it. */
export function eventMessage(delivery: Delivery, registration: Registration, now: number): Message {
  const { id, content } = delivery;
  const body = Buffer.from(content);
  const signed = signatureHeaders({
    id,
    at: now,
    body,
    secrets: activeSecrets(registration.secrets, now),
  });
  const contentType = registration.contentType ?? 'application/json';
  return { headers: { ...ownOf(registration.headers), ...general(contentType), ...signed }, body };
}

/** The notice of a payment: a request of ReceivePaymentWebhook, whose time and number are those of the try. */
export function paymentMessage(delivery: Delivery, secrets: readonly string[], now: number): Message {
  const { id, content, attempts } = delivery;
  const { eventType, data } = JSON.parse(content) as { eventType: string; data: unknown };
  const body = Buffer.from(
    JSON.stringify({
      webhookId: id,
      eventType,
      data,
      timestamp: new Date(now).toISOString(),
      source: SOURCE,
      attempt: attempts,
    }),
  );
  return {
    headers: { ...general('application/json'), ...signatureHeaders({ id, at: now, body, secrets }) },
    body,
  };
}

function general(contentType: string): Record<string, string> {
  return { 'content-type': contentType, 'user-agent': 'traffic-tacos-webhooks' };
}

/** Headers of the connection, which are not the receiver's to set. */
const OF_TRANSPORT =
  /^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/;

/** Names in lower case, so that the platform's own win. */
function ownOf(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OF_TRANSPORT.test(name)),
  );
}
