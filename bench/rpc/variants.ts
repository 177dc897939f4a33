import { openSync, readFileSync } from 'node:fs';
import { Auth, type PartialPolicy } from '@traffic-tacos/policy';
import { createJwtAuthenticator, createLogger, type ServerOptions } from '@traffic-tacos/server';
import { pino } from 'pino';
import { audience, issuer, publicKeys } from './token.ts';

type Options = Omit<ServerOptions, 'services'>;

/** One policy of a server: what it adds to the options, and to the policies of methods. */
interface Switch {
  readonly options?: () => Partial<Options>;
  readonly policy?: PartialPolicy;
}

const descriptors = new URL('../../packages/server/src/testdata/gen/descriptor.binpb', import.meta.url);

/** Longer than any call takes, and shorter than the limit of a server, so that it counts. */
const DEADLINE_MS = 2000;

/** Far more than one core serves: counted, never refused. */
const PLENTY = { requestsPerSecond: 10_000_000, burst: 10_000_000 };

/** Every policy that costs something per call, each as one switch. */
const switches = {
  validation: { options: () => ({ descriptors: readFileSync(descriptors) }) },
  deadline: { policy: { deadlineMs: DEADLINE_MS } },
  auth: {
    options: () => ({ authenticate: createJwtAuthenticator({ issuer, audience, jwks: publicKeys() }) }),
    policy: { auth: Auth.USER },
  },
  'rate limit': {
    options: () => ({ rateLimits: { perAddress: PLENTY } }),
    policy: { rateLimit: { class: 'bench', ...PLENTY } },
  },
  // Watches, and never refuses: a core under full load is what is measured.
  shedding: { options: () => ({ shedding: { targetDelayMs: 10_000 } }) },
  metrics: { options: () => ({ metrics: undefined }) },
  // At its default level, and to nowhere, since a disk is not what is measured.
  'access log': { options: () => ({ logger: createLogger({ fd: devNull() }) }) },
} as const satisfies Readonly<Record<string, Switch>>;

/** Nothing but the protocol: no rules, no log, no figures. */
const bare: Options = {
  logger: pino({ level: 'silent' }),
  metrics: false,
  rateLimits: false,
  shedding: false,
};
const barePolicy: PartialPolicy = { auth: Auth.PUBLIC, deadlineMs: 0 };

/** The variants that are measured: without policies, with each of them alone, with all. */
export const variants: readonly string[] = ['bare', ...Object.keys(switches), 'all'];

/** The options of a variant. @throws Error for one that does not exist */
export async function variantOptions(variant: string): Promise<Options> {
  const all: readonly [string, Switch][] = Object.entries(switches);
  const on = all.filter(([name]) => variant === 'all' || variant === name);
  if (on.length === 0 && variant !== 'bare') {
    throw new Error(`There is no variant "${variant}"; expected one of ${variants.join(', ')}`);
  }
  const policy = Object.assign({}, barePolicy, ...on.map(([, { policy }]) => policy));
  return Object.assign({}, bare, ...on.map(([, { options }]) => options?.()), { policies: () => policy });
}

function devNull(): number {
  return openSync('/dev/null', 'w');
}
