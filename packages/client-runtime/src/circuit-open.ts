import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ErrorModel } from './error-model.ts';
import { TacosError } from './tacos-error.ts';

/** The error of a call that an open circuit breaker did not let through. */
export function circuitOpen(method: DescMethod, errors: ErrorModel, waitMs: number): TacosError {
  const message = `not called: ${method.parent.typeName} keeps failing and its circuit breaker is open`;
  const cause = new ConnectError(message, Code.Unavailable);
  return new TacosError({ ...errors.ofStatus(cause), retryAfterMs: waitMs, method, cause });
}
