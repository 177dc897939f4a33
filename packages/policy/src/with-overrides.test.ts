import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Idempotency, type PartialPolicy, policyOf, withOverrides } from './index.ts';
import { methodWith } from './testdata/contract.ts';

const policy = policyOf(
  methodWith(undefined, {
    deadlineMs: 600,
    idempotency: Idempotency.NATURAL,
    scopes: ['parcels'],
    retry: { class: 2, maxAttempts: 3 },
    rateLimit: { class: 'parcels', requestsPerSecond: 50, burst: 100 },
    circuitBreaker: { failures: 5, openMs: 30_000 },
    stream: { idleTimeoutMs: 60_000 },
  }),
);

test('without overrides a policy is itself', () => {
  expect(withOverrides(policy, undefined)).toBe(policy);
  expect(withOverrides(policy, {})).toEqual(policy);
});

test('what is overridden is replaced, nested fields one by one', () => {
  expect(
    withOverrides(policy, {
      deadlineMs: 0,
      scopes: [],
      retry: { maxAttempts: 1 },
      rateLimit: { requestsPerSecond: 0 },
      circuitBreaker: { failures: 0 },
      stream: { heartbeatMs: 5 },
    }),
  ).toEqual({
    ...policy,
    deadlineMs: 0,
    scopes: [],
    retry: { ...policy.retry, maxAttempts: 1 },
    rateLimit: { ...policy.rateLimit, requestsPerSecond: 0 },
    circuitBreaker: { ...policy.circuitBreaker, failures: 0 },
    stream: { ...policy.stream, heartbeatMs: 5 },
  });
});

test('the policy of the contract stays as it is', () => {
  const before = structuredClone(policy);

  withOverrides(policy, { deadlineMs: 1, retry: { maxAttempts: 9 }, stream: { heartbeatMs: 9 } });

  expect(policy).toEqual(before);
});

const anyOverrides: fc.Arbitrary<PartialPolicy> = fc.record(
  {
    deadlineMs: fc.nat(),
    httpSuccessStatus: fc.integer({ min: 200, max: 299 }),
    scopes: fc.array(fc.string()),
    retry: fc.record({ maxAttempts: fc.nat(), maxBackoffMs: fc.nat() }, { requiredKeys: [] }),
    rateLimit: fc.record({ class: fc.string(), burst: fc.nat() }, { requiredKeys: [] }),
    circuitBreaker: fc.record({ failures: fc.nat(), openMs: fc.nat() }, { requiredKeys: [] }),
    stream: fc.record({ idleTimeoutMs: fc.nat(), heartbeatMs: fc.nat() }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

test('overriding twice with the same changes nothing more', () => {
  fc.assert(
    fc.property(anyOverrides, (overrides) => {
      const once = withOverrides(policy, overrides);

      expect(once).toMatchObject(overrides);
      expect(withOverrides(once, overrides)).toEqual(once);
    }),
  );
});

test('the last override wins', () => {
  fc.assert(
    fc.property(anyOverrides, anyOverrides, (first, last) => {
      const both = withOverrides(withOverrides(policy, first), last);

      expect(both).toMatchObject(last);
      expect(withOverrides(both, first)).toMatchObject(first);
      expect(Object.keys(both).sort()).toEqual(Object.keys(policy).sort());
    }),
  );
});
