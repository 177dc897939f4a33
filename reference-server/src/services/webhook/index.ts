import type { ServiceImpl } from '@connectrpc/connect';
import { WebhookService } from '@traffic-tacos/contracts/gateway/v1';
import { callOf, inherit, type ServiceRegistration, service } from '@traffic-tacos/server';
import type { WebhookDeps } from './deps.ts';
import { receiveExpiryWebhook } from './receive-expiry-webhook.ts';
import { receivePaymentWebhook } from './receive-payment-webhook.ts';
import { registerWebhook } from './register-webhook.ts';
import { validateWebhook } from './validate-webhook.ts';
import { verifyPaymentNews } from './verify-payment-news.ts';

export { type DeadLetters, deadLetters } from './delivery/dead-letters.ts';
export { type DeliveryLoop, deliveryLoop } from './delivery/delivery-loop.ts';
export { type Poster, poster } from './delivery/post.ts';
export { hostResolver, type ResolveHost } from './delivery/resolve-host.ts';
export { sender } from './delivery/send.ts';
export type { WebhookDeps } from './deps.ts';
export { webhookEventListener } from './event-listener.ts';
export type { PaymentNews, TakenIn } from './payment-news.ts';
export { type PaymentWebhooks, paymentWebhooks } from './payment-webhooks.ts';
export {
  deliveryTable,
  destinationTable,
  namedAddressTable,
  receiverTable,
  registrationTable,
} from './tables.ts';
export { takeInAgain } from './unbooked-news.ts';

/** Webhooks of others, and where the platform's own go. */
export function webhookService(deps: WebhookDeps): ServiceRegistration {
  const implementation: ServiceImpl<typeof WebhookService> = {
    receivePaymentWebhook: (request, context) => receivePaymentWebhook(deps, request, callOf(context)),
    receiveExpiryWebhook: (request, context) =>
      receiveExpiryWebhook(deps, request, callOf(context), inherit(context)),
    registerWebhook: (request, context) => registerWebhook(deps, request, callOf(context)),
    validateWebhook: (request) => validateWebhook(deps, request),
  };
  return service(WebhookService, implementation, {
    verify: { receivePaymentWebhook: verifyPaymentNews(deps) },
    // A sender of webhooks takes any 2xx for delivered.
    statusOnly: ['receivePaymentWebhook'],
  });
}
