import type { PartialPolicy, Policy } from './method-policy.ts';

/** A policy with some of its fields replaced, nested ones field by field. */
export function withOverrides(policy: Policy, overrides: PartialPolicy | undefined): Policy {
  if (overrides === undefined) {
    return policy;
  }
  return {
    ...policy,
    ...overrides,
    retry: { ...policy.retry, ...overrides.retry },
    rateLimit: { ...policy.rateLimit, ...overrides.rateLimit },
    circuitBreaker: { ...policy.circuitBreaker, ...overrides.circuitBreaker },
    stream: { ...policy.stream, ...overrides.stream },
  };
}
