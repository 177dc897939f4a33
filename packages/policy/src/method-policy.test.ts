import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Auth, Idempotency, type Policy, Priority, policyOf, RetryClass } from './index.ts';
import { methodWith, type PolicyInit } from './testdata/contract.ts';

const NATURAL = Idempotency.NATURAL;

/** What holds when a contract says nothing. */
const blank: Policy = {
  deadlineMs: 0,
  totalDeadlineMs: 0,
  retry: { class: RetryClass.NEVER, maxAttempts: 1, initialBackoffMs: 50, maxBackoffMs: 1000 },
  idempotency: Idempotency.NONE,
  idempotencyTtlSeconds: 300,
  auth: Auth.UNSPECIFIED,
  scopes: [],
  rateLimit: { class: 'parcel.v1.ParcelService', requestsPerSecond: 0, burst: 0 },
  circuitBreaker: { failures: 0, openMs: 0 },
  httpSuccessStatus: 200,
  priority: Priority.NORMAL,
  stream: { idleTimeoutMs: 0, maxLifetimeMs: 0, heartbeatMs: 0 },
};

/** Every field set, to values that are nowhere a default. */
const full = {
  deadlineMs: 600,
  totalDeadlineMs: 3000,
  retry: { class: RetryClass.IDEMPOTENT, maxAttempts: 3, initialBackoffMs: 20, maxBackoffMs: 400 },
  idempotency: Idempotency.KEY,
  idempotencyTtlSeconds: 600,
  auth: Auth.SERVICE,
  scopes: ['parcels', 'send'],
  rateLimit: { class: 'parcels', requestsPerSecond: 2.5, burst: 10 },
  circuitBreaker: { failures: 5, openMs: 30_000 },
  httpSuccessStatus: 201,
  priority: Priority.CRITICAL,
  stream: { idleTimeoutMs: 60_000, maxLifetimeMs: 600_000, heartbeatMs: 15_000 },
} satisfies PolicyInit & Policy;

test('a contract that says nothing gets no limits, no repetition, and no caller', () => {
  expect(policyOf(methodWith(undefined, undefined))).toEqual(blank);
  expect(policyOf(methodWith({}, {}))).toEqual(blank);
});

test('a service speaks for its methods', () => {
  expect(policyOf(methodWith(full, undefined))).toEqual(full);
  expect(policyOf(methodWith(full, {}))).toEqual(full);
});

test('a method speaks for itself', () => {
  expect(policyOf(methodWith(undefined, full))).toEqual(full);
});

test('a method overrides its service with zero', () => {
  const nothing = {
    deadlineMs: 0,
    totalDeadlineMs: 0,
    retry: { initialBackoffMs: 0, maxBackoffMs: 0 },
    idempotencyTtlSeconds: 0,
    rateLimit: { class: '', requestsPerSecond: 0, burst: 0 },
    circuitBreaker: { failures: 0, openMs: 0 },
    stream: { idleTimeoutMs: 0, maxLifetimeMs: 0, heartbeatMs: 0 },
  };

  expect(policyOf(methodWith(full, nothing))).toEqual({
    ...full,
    ...nothing,
    retry: { ...full.retry, ...nothing.retry },
  });
});

test('nested fields are merged one by one', () => {
  const policy = policyOf(
    methodWith(full, {
      retry: { maxAttempts: 7 },
      rateLimit: { burst: 1 },
      circuitBreaker: { openMs: 1 },
      stream: { heartbeatMs: 1 },
    }),
  );

  expect(policy).toEqual({
    ...full,
    retry: { ...full.retry, maxAttempts: 7 },
    rateLimit: { ...full.rateLimit, burst: 1 },
    circuitBreaker: { ...full.circuitBreaker, openMs: 1 },
    stream: { ...full.stream, heartbeatMs: 1 },
  });
});

test('the scopes of a method replace those of its service; none leaves them', () => {
  expect(policyOf(methodWith(full, { scopes: ['admin'] })).scopes).toEqual(['admin']);
  expect(policyOf(methodWith(full, { scopes: [] })).scopes).toEqual(['parcels', 'send']);
});

test('there is always a first attempt', () => {
  expect(policyOf(methodWith(undefined, { retry: { maxAttempts: 0 } })).retry.maxAttempts).toBe(1);
});

test('an unspecified priority is the normal one', () => {
  expect(policyOf(methodWith(full, { priority: Priority.UNSPECIFIED })).priority).toBe(Priority.NORMAL);
});

test('a method can take back who may call it, so that no server accepts it', () => {
  expect(policyOf(methodWith(full, { auth: Auth.UNSPECIFIED })).auth).toBe(Auth.UNSPECIFIED);
});

test('the retry class of a service holds for those of its methods that can be repeated', () => {
  const service = { retry: { class: RetryClass.IDEMPOTENT } };

  expect(policyOf(methodWith(service, { idempotency: NATURAL })).retry.class).toBe(RetryClass.IDEMPOTENT);
  expect(policyOf(methodWith(service, { idempotency: Idempotency.KEY })).retry.class).toBe(
    RetryClass.IDEMPOTENT,
  );
  expect(policyOf(methodWith(service, { idempotency: Idempotency.NONE })).retry.class).toBe(RetryClass.NEVER);
  expect(policyOf(methodWith(service, { idempotency: Idempotency.UNSPECIFIED })).retry.class).toBe(
    RetryClass.NEVER,
  );
  expect(policyOf(methodWith(service, {})).retry.class).toBe(RetryClass.NEVER);
});

test('a method that could be repeated need not be', () => {
  expect(policyOf(methodWith(full, { retry: { class: RetryClass.NEVER } })).retry.class).toBe(
    RetryClass.NEVER,
  );
});

test.each([
  ['says so itself', {}, { retry: { class: RetryClass.IDEMPOTENT }, idempotency: Idempotency.NONE }],
  ['says nothing of its effect', {}, { retry: { class: RetryClass.IDEMPOTENT } }],
  ['overrides its service', { idempotency: NATURAL }, { retry: { class: 2 }, idempotency: Idempotency.NONE }],
] satisfies [string, PolicyInit, PolicyInit][])(
  'a method whose repetition has a second effect cannot be repeated: it %s',
  (_how, service, method) => {
    expect(() => policyOf(methodWith(service, method))).toThrow(
      'parcel.v1.ParcelService/Send: retry.class is RETRY_CLASS_IDEMPOTENT but idempotency is IDEMPOTENCY_NONE; ' +
        'expected IDEMPOTENCY_NATURAL or IDEMPOTENCY_KEY, or RETRY_CLASS_NEVER',
    );
  },
);

test.each([
  ['deadline_ms', { deadlineMs: -1 }],
  ['total_deadline_ms', { totalDeadlineMs: -1 }],
  ['retry.max_attempts', { retry: { maxAttempts: -1 } }],
  ['retry.initial_backoff_ms', { retry: { initialBackoffMs: -1 } }],
  ['retry.max_backoff_ms', { retry: { maxBackoffMs: -1 } }],
  ['idempotency_ttl_seconds', { idempotencyTtlSeconds: -1 }],
  ['rate_limit.requests_per_second', { rateLimit: { requestsPerSecond: -1 } }],
  ['rate_limit.burst', { rateLimit: { burst: -1 } }],
  ['circuit_breaker.failures', { circuitBreaker: { failures: -1 } }],
  ['circuit_breaker.open_ms', { circuitBreaker: { openMs: -1 } }],
  ['stream.idle_timeout_ms', { stream: { idleTimeoutMs: -1 } }],
  ['stream.max_lifetime_ms', { stream: { maxLifetimeMs: -1 } }],
  ['stream.heartbeat_ms', { stream: { heartbeatMs: -1 } }],
] satisfies [string, PolicyInit][])('%s cannot be negative', (field, policy) => {
  const message = `parcel.v1.ParcelService/Send: ${field} is -1; expected 0 (no limit) or more`;

  expect(() => policyOf(methodWith(policy, undefined))).toThrow(message);
  expect(() => policyOf(methodWith(full, policy))).toThrow(message);
});

test('a rate is a number', () => {
  const method = methodWith(undefined, { rateLimit: { requestsPerSecond: Number.NaN } });

  expect(() => policyOf(method)).toThrow('rate_limit.requests_per_second is NaN');
});

test('a policy is worked out once', () => {
  const method = methodWith(full, undefined);

  expect(policyOf(method)).toBe(policyOf(method));
});

const count = fc.nat({ max: 1_000_000 });
const some = <T extends object>(fields: { [Field in keyof T]: fc.Arbitrary<T[Field]> }) =>
  fc.record(fields, { requiredKeys: [] });

const anyPolicy = some({
  deadlineMs: count,
  totalDeadlineMs: count,
  retry: some({ maxAttempts: fc.integer({ min: 1, max: 10 }), initialBackoffMs: count, maxBackoffMs: count }),
  idempotencyTtlSeconds: count,
  auth: fc.constantFrom(Auth.PUBLIC, Auth.USER, Auth.SERVICE, Auth.SERVICE_OR_ADMIN, Auth.ADMIN),
  rateLimit: some({
    class: fc.string(),
    requestsPerSecond: fc.double({ min: 0, noNaN: true }),
    burst: count,
  }),
  circuitBreaker: some({ failures: count, openMs: count }),
  httpSuccessStatus: fc.integer({ min: 200, max: 299 }),
  priority: fc.constantFrom(Priority.SHEDDABLE, Priority.NORMAL, Priority.CRITICAL),
  stream: some({ idleTimeoutMs: count, maxLifetimeMs: count, heartbeatMs: count }),
});

/** The values of a policy one by one, by path. */
function leaves(value: object, path = ''): [path: string, value: unknown][] {
  return Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? leaves(inner, `${path}${name}.`)
      : [[`${path}${name}`, inner]],
  );
}

test('every field is the method’s, else the service’s, else what holds without either', () => {
  fc.assert(
    fc.property(anyPolicy, anyPolicy, (service, method) => {
      const expected = Object.fromEntries([...leaves(blank), ...leaves(service), ...leaves(method)]);

      expect(Object.fromEntries(leaves(policyOf(methodWith(service, method))))).toEqual(expected);
    }),
  );
});

const anyEffect = some({
  idempotency: fc.constantFrom<Idempotency>(0, 1, 2, 3),
  retry: some({ class: fc.constantFrom<RetryClass>(0, 1, 2) }),
});

test('whatever a contract says, no client repeats what has a second effect', () => {
  fc.assert(
    fc.property(anyEffect, anyEffect, (service, method) => {
      let policy: Policy;
      try {
        policy = policyOf(methodWith(service, method));
      } catch {
        // Refused: only a method that asks for it itself can contradict itself.
        expect(method.retry?.class).toBe(RetryClass.IDEMPOTENT);
        return;
      }
      expect([Idempotency.NONE, Idempotency.NATURAL, Idempotency.KEY]).toContain(policy.idempotency);
      expect([RetryClass.NEVER, RetryClass.IDEMPOTENT]).toContain(policy.retry.class);
      expect(policy.retry.class === RetryClass.IDEMPOTENT && policy.idempotency === Idempotency.NONE).toBe(
        false,
      );
    }),
  );
});
