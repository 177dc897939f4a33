import type { DescMethod } from '@bufbuild/protobuf';
import type { PartialPolicy } from '@traffic-tacos/policy';
import type { CircuitBreakers } from './circuit-breakers.ts';
import type { Environment } from './environment.ts';
import type { ErrorModel } from './error-model.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';

/** How calls are made, beyond what the contract says. */
export interface PolicyOptions {
  /** Reads the contract's own errors; canonical status codes by default. */
  readonly errors?: ErrorModel;
  /**
   * The breakers of the services called, to be shared by several transports, looked at, and opened or closed by hand.
   * Default: some of the transport's own.
   */
  readonly breakers?: CircuitBreakers | undefined;
  /**
   * The bearer token of the caller, asked for once a call; an empty one sends none. A call that brings an
   * `authorization` header of its own keeps it.
   */
  readonly credentials?: (() => string | Promise<string>) | undefined;
  /**
   * Milliseconds for a unary call, all attempts and pauses included, where the call itself says nothing; 0 or less:
   * no limit. The policy's `total_deadline_ms` by default.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds an attempt gets on top of the policy's `deadline_ms`, which bounds the work of the server, for the
   * way there and back and for opening the connection: 400 by default. With a deadline of 600 ms, three attempts
   * fill a total of 3 s. The server holds on to its own deadline whatever it is asked for.
   */
  readonly networkAllowanceMs?: number;
  /** Replaces parts of a method's policy. */
  readonly policies?: (method: DescMethod) => PartialPolicy | undefined;
  /** How many retries the transport affords, over all methods. */
  readonly retryBudget?: RetryBudgetOptions;
  /** Time and chance, for tests. */
  readonly environment?: Partial<Environment>;
}
