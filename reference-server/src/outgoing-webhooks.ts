import type { Logger } from 'pino';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Settings } from './config/index.ts';
import type { CallbackRules } from './domain/webhook/index.ts';
import type { EventHandler } from './events/index.ts';
import { keptSecret } from './kept-secret.ts';
import type { Alarms } from './services/shared/alarms.ts';
import {
  type DeadLetters,
  type DeliveryLoop,
  deadLetters,
  deliveryLoop,
  hostResolver,
  type PaymentWebhooks,
  paymentWebhooks,
  poster,
  sender,
  type WebhookDeps,
  webhookEventListener,
} from './services/webhook/index.ts';
import type { Store } from './store/index.ts';

/** Webhooks that the platform sends. */
export interface OutgoingWebhooks {
  /** What payments need of it. */
  readonly payments: PaymentWebhooks;
  /** What the webhook service shares with it. */
  readonly service: Pick<WebhookDeps, 'paymentSecrets' | 'rules' | 'resolveHost' | 'rotationMs'>;
  /** Puts events on their way to whoever has registered. */
  readonly onEvent: EventHandler;
  readonly deadLetters: DeadLetters;
  /** Has to be told of every receiver that is written. */
  readonly offer: DeliveryLoop['offer'];
  start(): void;
  stop(): Promise<void>;
}

/** Tries that run at once: 64 of them are left to receivers that answer, whatever the others do. */
const LIMITS = { total: 128, perDestination: 8, doubtful: 48, unknown: 16 };

/** This machine, which the dev profile may call without TLS. */
const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

/** Sets up what the platform's settings say of webhooks. */
export async function outgoingWebhooks(options: {
  readonly settings: Settings;
  readonly store: Store;
  readonly clock: () => number;
  readonly alarms: Alarms;
  readonly logger: Logger;
  readonly registry: Registry;
}): Promise<OutgoingWebhooks> {
  const { settings, store, clock, alarms, logger, registry } = options;
  const { webhookRetries: retries, paymentWebhookSecrets: given } = settings;
  const rules: CallbackRules = {
    allowedHosts: [...settings.webhookHosts, ...(settings.profile === 'dev' ? THIS_MACHINE : [])],
  };
  const paymentSecrets = given.length > 0 ? given : [await keptSecret(store, 'payment-webhooks')];
  const resolveHost = hostResolver();
  const requests = poster({ rules, resolve: resolveHost });
  const attempts = new Counter({
    name: 'webhook_attempts_total',
    help: 'Tries to deliver a webhook, by the state that the delivery came to',
    labelNames: ['state'],
    registers: [registry],
  });
  for (const state of ['DELIVERED', 'WAITING', 'DEAD']) {
    attempts.labels(state).inc(0);
  }
  const givenUp = deadLetters(store, clock);
  new Gauge({
    name: 'dead_webhooks',
    help: 'Webhooks that were given up and can be replayed, counted up to 1000',
    registers: [registry],
    async collect() {
      this.set(await givenUp.count().catch(() => Number.NaN));
    },
  });
  const loop = deliveryLoop({
    store,
    clock,
    alarms,
    logger,
    random: Math.random,
    send: sender({ store, clock, poster: requests, paymentSecrets, timeoutMs: settings.webhookTimeoutMs }),
    schedule: { firstPauseMs: settings.webhookRetryMs },
    limits: LIMITS,
    onAttempt: (state) => attempts.labels(state).inc(),
  });
  return {
    payments: paymentWebhooks({ store, rules, retries }),
    service: {
      paymentSecrets,
      rules,
      resolveHost,
      rotationMs: settings.webhookRotationSeconds * 1000,
    },
    onEvent: webhookEventListener({ store, clock, retries }),
    deadLetters: givenUp,
    offer: (destination) => loop.offer(destination),
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      requests.close();
    },
  };
}
