import { createHmac } from 'node:crypto';
import { keyOfSecret } from './secret-key.ts';

/** What is signed: text, or bytes as they were sent. */
export type Signed = string | Uint8Array;

/** HMAC-SHA-256 of the parts, one after the other. */
export function macOf(secret: string, ...parts: readonly Signed[]): Buffer {
  const mac = createHmac('sha256', keyOfSecret(secret));
  for (const part of parts) {
    mac.update(part);
  }
  return mac.digest();
}

/** What a delivery is signed with. */
export interface Signing {
  /** The `webhook-id`. */
  readonly id: string;
  /** Epoch milliseconds; signed in whole seconds. */
  readonly at: number;
  readonly body: Signed;
  /** Newest first, at least one. */
  readonly secrets: readonly string[];
}

/**
 * The headers that prove a delivery genuine: those of Standard Webhooks, with a signature for each secret, and
 * `x-webhook-signature`, which has room for one and has that of the newest secret.
 */
export function signatureHeaders({ id, at, body, secrets }: Signing): Record<string, string> {
  const seconds = Math.floor(at / 1000);
  const [newest = ''] = secrets;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets
      .map((secret) => `v1,${macOf(secret, `${id}.${seconds}.`, body).toString('base64')}`)
      .join(' '),
    'x-webhook-signature': `sha256=${macOf(newest, body).toString('hex')}`,
  };
}
