import { type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import {
  Auth,
  Idempotency,
  method as methodOption,
  type Policy as PolicyOptions,
  Priority,
  RetryClass,
  service as serviceOption,
} from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';

/**
 * The policy of one method, the service's defaults merged in and every blank filled.
 * Durations are milliseconds unless the name says otherwise.
 */
export interface Policy {
  /** One attempt; 0: no limit. */
  readonly deadlineMs: number;
  /** All attempts of a client and the pauses between them; 0: no limit. */
  readonly totalDeadlineMs: number;
  readonly retry: {
    /** `IDEMPOTENT` only where `idempotency` is natural or by key. */
    readonly class: RetryClass.NEVER | RetryClass.IDEMPOTENT;
    /** The first attempt included, at least 1. */
    readonly maxAttempts: number;
    readonly initialBackoffMs: number;
    readonly maxBackoffMs: number;
  };
  readonly idempotency: Idempotency.NONE | Idempotency.NATURAL | Idempotency.KEY;
  /** Seconds the answer to a key is kept. */
  readonly idempotencyTtlSeconds: number;
  /** `UNSPECIFIED` when neither method nor service says who may call; no server accepts that. */
  readonly auth: Auth;
  /** All of them are needed. */
  readonly scopes: readonly string[];
  readonly rateLimit: {
    /** The bucket that is counted; the service's full name by default. */
    readonly class: string;
    /** 0: no limit. */
    readonly requestsPerSecond: number;
    readonly burst: number;
  };
  readonly circuitBreaker: {
    /** Consecutive failures that open it; 0: never. */
    readonly failures: number;
    readonly openMs: number;
  };
  /** Of a successful REST answer. */
  readonly httpSuccessStatus: number;
  readonly priority: Priority.SHEDDABLE | Priority.NORMAL | Priority.CRITICAL;
  /** Limits of a stream; 0: no limit, no heartbeat. */
  readonly stream: {
    readonly idleTimeoutMs: number;
    readonly maxLifetimeMs: number;
    readonly heartbeatMs: number;
  };
}

/** Some fields of a policy, nested ones field by field: what configuration may override. */
export type PartialPolicy = {
  readonly [K in keyof Policy]?: Policy[K] extends readonly unknown[]
    ? Policy[K]
    : Policy[K] extends object
      ? Partial<Policy[K]>
      : Policy[K];
};

const resolved = new WeakMap<DescMethod, Policy>();

/**
 * The policy of a method, from the options of the method and its service. Resolved once per method.
 *
 * @throws Error when the options contradict each other, e.g. a method that is repeated by clients although
 * a repetition has a second effect.
 */
export function policyOf(method: DescMethod): Policy {
  let policy = resolved.get(method);
  if (policy === undefined) {
    policy = resolve(method);
    resolved.set(method, policy);
  }
  return policy;
}

function resolve(method: DescMethod): Policy {
  const options = hasOption(method, methodOption) ? getOption(method, methodOption) : undefined;
  const defaults = hasOption(method.parent, serviceOption)
    ? getOption(method.parent, serviceOption)
    : undefined;
  /** The method's value, else the service's. */
  const pick = <T>(read: (policy: PolicyOptions) => T | undefined): T | undefined =>
    (options && read(options)) ?? (defaults && read(defaults));
  const name = `${method.parent.typeName}/${method.name}`;

  const stated = pick((p) => p.idempotency);
  // A value that this version does not know promises nothing.
  const idempotency =
    stated === Idempotency.NATURAL || stated === Idempotency.KEY ? stated : Idempotency.NONE;
  // What a service says for its methods in general does not hold for one that cannot be repeated.
  const inherited = idempotency === Idempotency.NONE ? RetryClass.NEVER : defaults?.retry?.class;
  const retryClass = options?.retry?.class || inherited || RetryClass.NEVER;
  if (retryClass === RetryClass.IDEMPOTENT && idempotency === Idempotency.NONE) {
    throw new Error(
      `${name}: retry.class is RETRY_CLASS_IDEMPOTENT but idempotency is IDEMPOTENCY_NONE; ` +
        'expected IDEMPOTENCY_NATURAL or IDEMPOTENCY_KEY, or RETRY_CLASS_NEVER',
    );
  }
  const scopes = options?.scopes.length ? options.scopes : (defaults?.scopes ?? []);
  return {
    deadlineMs: count(name, 'deadline_ms', pick((p) => p.deadlineMs) ?? 0),
    totalDeadlineMs: count(name, 'total_deadline_ms', pick((p) => p.totalDeadlineMs) ?? 0),
    retry: {
      class: retryClass,
      maxAttempts: Math.max(1, count(name, 'retry.max_attempts', pick((p) => p.retry?.maxAttempts) ?? 1)),
      initialBackoffMs: count(name, 'retry.initial_backoff_ms', pick((p) => p.retry?.initialBackoffMs) ?? 50),
      maxBackoffMs: count(name, 'retry.max_backoff_ms', pick((p) => p.retry?.maxBackoffMs) ?? 1000),
    },
    idempotency,
    idempotencyTtlSeconds: count(
      name,
      'idempotency_ttl_seconds',
      pick((p) => p.idempotencyTtlSeconds) ?? 300,
    ),
    auth: pick((p) => p.auth) ?? Auth.UNSPECIFIED,
    scopes,
    rateLimit: {
      class: pick((p) => p.rateLimit?.class) ?? method.parent.typeName,
      requestsPerSecond: count(
        name,
        'rate_limit.requests_per_second',
        pick((p) => p.rateLimit?.requestsPerSecond) ?? 0,
      ),
      burst: count(name, 'rate_limit.burst', pick((p) => p.rateLimit?.burst) ?? 0),
    },
    circuitBreaker: {
      failures: count(name, 'circuit_breaker.failures', pick((p) => p.circuitBreaker?.failures) ?? 0),
      openMs: count(name, 'circuit_breaker.open_ms', pick((p) => p.circuitBreaker?.openMs) ?? 0),
    },
    httpSuccessStatus: pick((p) => p.httpSuccessStatus) ?? 200,
    priority: pick((p) => p.priority) || Priority.NORMAL,
    stream: {
      idleTimeoutMs: count(name, 'stream.idle_timeout_ms', pick((p) => p.stream?.idleTimeoutMs) ?? 0),
      maxLifetimeMs: count(name, 'stream.max_lifetime_ms', pick((p) => p.stream?.maxLifetimeMs) ?? 0),
      heartbeatMs: count(name, 'stream.heartbeat_ms', pick((p) => p.stream?.heartbeatMs) ?? 0),
    },
  };
}

function count(method: string, field: string, value: number): number {
  if (!(value >= 0)) {
    throw new Error(`${method}: ${field} is ${value}; expected 0 (no limit) or more`);
  }
  return value;
}
