import { isCallbackHost } from './checks.ts';
import { list, whole } from './kinds.ts';
import { sources } from './source.ts';

/** Settings about webhooks, in and out. */
export const webhooks = {
  paymentWebhookSecrets: list
    .refine((secrets) => secrets.every((secret) => Buffer.byteLength(secret) >= 16), {
      error: 'expected secrets of at least 16 bytes each',
    })
    .default([])
    .register(sources, {
      flag: '--payment-webhook-secrets-file <file>',
      env: ['TACOS_PAYMENT_WEBHOOK_SECRETS', 'TACOS_PAYMENT_WEBHOOK_SECRETS_FILE'],
      isSecret: true,
      description:
        'secrets that sign news of payments, those that come and those that go, newest first: one a line in a file, separated by commas in the variable; made and kept with the data when there are none',
    }),
  webhookHosts: list
    .transform((hosts) => hosts.map((host) => host.toLowerCase()))
    .refine((hosts) => hosts.every(isCallbackHost), {
      error: 'expected hosts, with a port or without, such as hooks.internal, 10.1.2.3:8443 or [::1]',
    })
    .default([])
    .register(sources, {
      flag: '--webhook-hosts <hosts>',
      env: ['TACOS_WEBHOOK_HOSTS'],
      description:
        'hosts that webhooks may go to although they are in a private network, and over http, too, separated by commas; under dev this machine always',
    }),
  webhookTimeoutMs: whole(1, 30_000)
    .default(10_000)
    .register(sources, {
      flag: '--webhook-timeout-ms <milliseconds>',
      env: ['TACOS_WEBHOOK_TIMEOUT_MS'],
      description: 'how long a receiver of webhooks has to answer, where its registration does not say',
    }),
  webhookRetries: whole(0, 20)
    .default(8)
    .register(sources, {
      flag: '--webhook-retries <number>',
      env: ['TACOS_WEBHOOK_RETRIES'],
      description:
        'how often a webhook is sent again before it goes to the dead letters, where its registration does not say',
    }),
  webhookRetryMs: whole(1, 3_600_000)
    .default(5_000)
    .register(sources, {
      flag: '--webhook-retry-ms <milliseconds>',
      env: ['TACOS_WEBHOOK_RETRY_MS'],
      description: 'pause before a webhook is sent again for the first time; further pauses grow threefold',
    }),
  webhookRotationSeconds: whole(0, 2_592_000)
    .default(86_400)
    .register(sources, {
      flag: '--webhook-rotation-seconds <seconds>',
      env: ['TACOS_WEBHOOK_ROTATION_SECONDS'],
      description: 'how long the former secret of a registered webhook signs beside the new one',
    }),
};
