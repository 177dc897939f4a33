import { WebhookEventType } from '@traffic-tacos/contracts/gateway/v1';
import type { SigningSecret } from '../../domain/webhook/index.ts';

/** What a registered address can be told of. */
export type RegisteredEvent =
  | 'payment_approved'
  | 'payment_failed'
  | 'payment_cancelled'
  | 'reservation_expired'
  | 'system_maintenance';

/** An address that events are sent to. Times are epoch milliseconds. */
export interface Registration {
  readonly id: string;
  readonly service: string;
  readonly url: string;
  readonly events: readonly RegisteredEvent[];
  /** Newest first. */
  readonly secrets: readonly SigningSecret[];
  readonly registeredAt: number;
  /** Deliveries after the first one failed; the server's number when it is not set. */
  readonly retries?: number;
  /** Milliseconds the receiver has to answer; the server's number when it is not set. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
}

/** An event as the contract says it, as it is kept. */
export function registeredEventOf(type: WebhookEventType): RegisteredEvent {
  return (WebhookEventType[type] ?? '').toLowerCase() as RegisteredEvent;
}
