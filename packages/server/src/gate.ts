import type { DescMethod } from '@bufbuild/protobuf';
import type { Caller } from './caller.ts';
import { runtimeFailure } from './errors/runtime-code.ts';
import type { MethodMetrics } from './metrics/index.ts';

/** Why a call is not served at the moment. Its caller is told UNAVAILABLE. */
export interface Closed {
  /** As `grpc_calls_refused_total` counts it; in capitals the reason in the details of the error. */
  readonly why: 'breaker_open' | 'maintenance';
  /** One sentence for people. */
  readonly message: string;
  /** When to ask again, in milliseconds. */
  readonly retryAfterMs: number;
}

/**
 * Whether a call is served at the moment: a switch for those who run the server. Asked for every call, once it is known
 * who makes it and that they may; `undefined` lets it pass. Calls that run are not concerned.
 *
 * @param isLocal - whether the call comes from this process, as part of another one
 */
export type Gate = (method: DescMethod, caller: Caller, isLocal: boolean) => Closed | undefined;

/** Lets a call pass, or not. @throws CallFailure UNAVAILABLE */
export function passGate(
  gate: Gate | undefined,
  plan: { readonly method: DescMethod; readonly metrics: MethodMetrics | undefined },
  caller: Caller,
  isLocal: boolean,
): void {
  const closed = gate?.(plan.method, caller, isLocal);
  if (closed !== undefined) {
    plan.metrics?.refused(closed.why);
    throw runtimeFailure('UNAVAILABLE', closed.message, [{ reason: closed.why.toUpperCase() }], {
      retryAfterMs: closed.retryAfterMs,
    });
  }
}
