import { z } from 'zod';
import { isWebOrigin } from './checks.ts';
import { flag, list, oneOf, share, text, whole } from './kinds.ts';
import { protection } from './protection.ts';
import { shuttingDown } from './shutting-down.ts';
import { type SettingSource, sources } from './source.ts';
import { webhooks } from './webhooks.ts';

/** Everything that can be set, by flag or environment. A flag wins over the environment, which wins over the default. */
export const settingsSchema = z.object({
  port: whole(0, 65_535)
    .default(8080)
    .register(sources, {
      flag: '--port <number>',
      env: ['TACOS_PORT', 'PORT'],
      description: 'TCP port for every protocol; 0 lets the system choose',
    }),
  host: text.default('127.0.0.1').register(sources, {
    flag: '--host <address>',
    env: ['TACOS_HOST'],
    description: 'address to listen on; 0.0.0.0 for all of the machine',
  }),
  data: text.default('.data').register(sources, {
    flag: '--data <directory>',
    env: ['TACOS_DATA'],
    description: 'directory that keeps everything; made when missing',
  }),
  memory: flag.default(false).register(sources, {
    flag: '--memory [boolean]',
    env: ['TACOS_MEMORY'],
    description: 'keep everything in memory; gone when the server stops',
  }),
  demo: flag.optional().register(sources, {
    flag: '--demo [boolean]',
    env: ['TACOS_DEMO'],
    description: 'put the demo events on sale, or not (--no-demo); dev does, strict does not',
  }),
  profile: oneOf('dev', 'strict')
    .default('dev')
    .register(sources, {
      flag: '--profile <name>',
      env: ['TACOS_PROFILE'],
      description:
        'dev: no credentials needed, missing keys and tokens only warned about; strict: everything enforced',
    }),
  logLevel: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .default('info')
    .register(sources, {
      flag: '--log-level <level>',
      env: ['TACOS_LOG_LEVEL', 'LOG_LEVEL'],
      description: 'trace, debug, info, warn, error, fatal or silent',
    }),
  holdSeconds: whole(1, 1800)
    .default(60)
    .register(sources, {
      flag: '--hold-seconds <seconds>',
      env: ['TACOS_HOLD_SECONDS'],
      description: 'how long a hold lasts where the event does not say',
    }),
  maxExtensionSeconds: whole(0, 1800)
    .default(300)
    .register(sources, {
      flag: '--max-extension-seconds <seconds>',
      env: ['TACOS_MAX_EXTENSION_SECONDS'],
      description: 'how much a hold can be prolonged in all',
    }),
  holdSecondsToPay: whole(0, 1800)
    .default(30)
    .register(sources, {
      flag: '--hold-seconds-to-pay <seconds>',
      env: ['TACOS_HOLD_SECONDS_TO_PAY'],
      description: 'how long a hold lasts at least when its payment starts',
    }),
  admissionRate: whole(0, 1_000_000)
    .default(6_000)
    .register(sources, {
      flag: '--admission-rate <buyers>',
      env: ['TACOS_ADMISSION_RATE'],
      description: 'buyers let in from a queue each minute where the event does not say',
    }),
  maxActiveBuyers: whole(1, 10_000_000)
    .default(10_000)
    .register(sources, {
      flag: '--max-active-buyers <buyers>',
      env: ['TACOS_MAX_ACTIVE_BUYERS'],
      description: 'buyers of one event that may be choosing and paying at the same time',
    }),
  maxWaiting: whole(1, 100_000_000)
    .default(2_000_000)
    .register(sources, {
      flag: '--max-waiting <buyers>',
      env: ['TACOS_MAX_WAITING'],
      description: 'buyers who may wait for one event; the next ones are refused',
    }),
  maxEarlyPlaces: whole(1, 1_000_000)
    .default(20)
    .register(sources, {
      flag: '--max-early-places <places>',
      env: ['TACOS_MAX_EARLY_PLACES'],
      description:
        'places in the draw of one event that buyers get from one address without signing in; signed in, each has one',
    }),
  slowServiceMs: whole(0, 60_000)
    .default(250)
    .register(sources, {
      flag: '--slow-service-ms <milliseconds>',
      env: ['TACOS_SLOW_SERVICE_MS'],
      description:
        'fewer buyers are let in while more than one in twenty calls of reservations and payments take longer; 0: never',
    }),
  reservationTokenSeconds: whole(1, 3_600)
    .default(30)
    .register(sources, {
      flag: '--reservation-token-seconds <seconds>',
      env: ['TACOS_RESERVATION_TOKEN_SECONDS'],
      description: 'how long an admitted buyer has to reserve',
    }),
  paymentDelayMs: whole(0, 3_600_000)
    .default(2_000)
    .register(sources, {
      flag: '--payment-delay-ms <milliseconds>',
      env: ['TACOS_PAYMENT_DELAY_MS'],
      description: 'when the simulator approves a delayed payment',
    }),
  paymentTimeoutMs: whole(0, 3_600_000)
    .default(30_000)
    .register(sources, {
      flag: '--payment-timeout-ms <milliseconds>',
      env: ['TACOS_PAYMENT_TIMEOUT_MS'],
      description: 'when the simulator gives up a payment that its gateway does not answer',
    }),
  paymentApprovalRate: share.default(0.8).register(sources, {
    flag: '--payment-approval-rate <share>',
    env: ['TACOS_PAYMENT_APPROVAL_RATE'],
    description: 'share of random payments that the simulator approves, 0 to 1',
  }),
  paymentSeed: z
    .string()
    .default('traffic-tacos')
    .register(sources, {
      flag: '--payment-seed <text>',
      env: ['TACOS_PAYMENT_SEED'],
      description: 'seed of random payments: the same seed and payment intent end the same way',
    }),
  minDeadlineMs: whole(0, 30_000)
    .default(0)
    .register(sources, {
      flag: '--min-deadline-ms <milliseconds>',
      env: ['TACOS_MIN_DEADLINE_MS'],
      description: "raises every shorter deadline of the contract's methods to this, for slow machines",
    }),
  corsOrigins: list
    .refine((origins) => (origins.includes('*') ? origins.length === 1 : origins.every(isWebOrigin)), {
      error: 'expected origins as browsers send them, such as https://app.example.com, or * alone',
    })
    .default([])
    .register(sources, {
      flag: '--cors-origins <origins>',
      env: ['TACOS_CORS_ORIGINS'],
      description:
        'origins of web pages that may call, separated by commas; * for all; where none are given, all in the dev profile and none in the strict one',
    }),
  tokenSecrets: list
    .refine((secrets) => secrets.every((secret) => Buffer.byteLength(secret) >= 16), {
      error: 'expected secrets of at least 16 bytes each',
    })
    .default([])
    .register(sources, {
      flag: '--token-secrets-file <file>',
      env: ['TACOS_TOKEN_SECRETS', 'TACOS_TOKEN_SECRETS_FILE'],
      isSecret: true,
      description:
        'secrets that sign queue tokens, newest first: one a line in a file, separated by commas in the variable; made and kept with the data when there are none',
    }),
  ...shuttingDown,
  ...protection,
  ...webhooks,
});

/** The settings of a server. */
export type Settings = z.output<typeof settingsSchema>;

/** Settings as they are given: any of them, as text or as what they are. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** One setting's name, how it is given, and its default. */
export interface SettingInfo extends SettingSource {
  readonly name: keyof Settings;
  readonly default: unknown;
}

/** Every setting, in the order of `--help`. */
export function settingInfos(): readonly SettingInfo[] {
  return Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const source = sources.get(schema);
    if (source === undefined) {
      throw new Error(`setting ${name} has neither flag nor description`);
    }
    return { name: name as keyof Settings, default: schema.parse(undefined), ...source };
  });
}
