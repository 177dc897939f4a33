import type { Transport } from '@connectrpc/connect';
import type { PolicyOptions } from './policy-options.ts';
import { createPolicyState } from './policy-state.ts';
import { callStream } from './stream-call.ts';
import { callUnary } from './unary-call.ts';

/**
 * A transport whose calls obey the policies that the contract's descriptors carry: deadlines, retries within a
 * budget, idempotency keys, a circuit breaker for each service. Every error it throws is a TacosError.
 *
 * The budget and the breakers belong to the transport, so a program makes one and builds all its clients on it, by
 * `createClient` of `@connectrpc/connect`.
 */
export function withPolicies(transport: Transport, options: PolicyOptions = {}): Transport {
  const state = createPolicyState(options);
  return {
    unary: (method, signal, timeoutMs, header, input, contextValues) =>
      callUnary(transport, state, { method, signal, timeoutMs, header, input, contextValues }),
    stream: (method, signal, timeoutMs, header, input, contextValues) =>
      callStream(transport, state, { method, signal, timeoutMs, header, input, contextValues }),
  };
}
