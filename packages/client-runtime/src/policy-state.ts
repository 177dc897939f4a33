import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { type Policy, policyOf, withOverrides } from '@traffic-tacos/policy';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { createCircuitBreakers } from './circuit-breakers.ts';
import { type Environment, systemEnvironment } from './environment.ts';
import { type ErrorModel, statusErrors } from './error-model.ts';
import type { PolicyOptions } from './policy-options.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';

/** What the calls of one transport have in common. */
export interface PolicyState {
  readonly environment: Environment;
  readonly errors: ErrorModel;
  readonly credentials: PolicyOptions['credentials'];
  readonly timeoutMs: number | undefined;
  readonly networkAllowanceMs: number;
  readonly budget: RetryBudget;
  policyOf(method: DescMethod): Policy;
  breakerOf(service: DescService): CircuitBreaker;
}

const NETWORK_ALLOWANCE_MS = 400;

/** The state of a transport that has made no call yet. */
export function createPolicyState(options: PolicyOptions): PolicyState {
  const environment = { ...systemEnvironment, ...options.environment };
  const breakers = options.breakers ?? createCircuitBreakers(environment.now);
  return {
    environment,
    errors: options.errors ?? statusErrors,
    credentials: options.credentials,
    timeoutMs: options.timeoutMs,
    networkAllowanceMs: options.networkAllowanceMs ?? NETWORK_ALLOWANCE_MS,
    budget: createRetryBudget(options.retryBudget),
    policyOf: (method) => withOverrides(policyOf(method), options.policies?.(method)),
    breakerOf: ({ typeName }) => breakers.of(typeName),
  };
}
