export { type Backoff, fullJitterMs } from './backoff.ts';
export {
  type BreakerLimits,
  type CircuitBreaker,
  createCircuitBreaker,
  type Permit,
  type Verdict,
} from './circuit-breaker.ts';
export { type BreakerSnapshot, type CircuitBreakers, createCircuitBreakers } from './circuit-breakers.ts';
export { type Environment, systemEnvironment } from './environment.ts';
export { type ContractError, type ErrorModel, errorModel, statusErrors } from './error-model.ts';
export type { PolicyOptions } from './policy-options.ts';
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export { type StatusName, statusName } from './status-name.ts';
export {
  type ErrorCause,
  type ErrorContext,
  isTacosError,
  TacosError,
  type TacosErrorInit,
} from './tacos-error.ts';
export { withPolicies } from './with-policies.ts';
