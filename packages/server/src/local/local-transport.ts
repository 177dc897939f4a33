import type { DescService } from '@bufbuild/protobuf';
import type { Client, Transport } from '@connectrpc/connect';
import type { Caller } from '../caller.ts';

/** As whom an in-process client calls. */
export interface LocalClientOptions {
  /** The caller that policies see. It is trusted: no credentials are checked. */
  readonly as: Caller;
}

/**
 * Calls services of the same process: with every policy but rates and load shedding, which are for what comes from
 * outside, and without serialization and sockets. It exists before the server does, so that services can be given clients
 * of one another; calls fail with UNAVAILABLE until `createServer` has been given it.
 *
 * There is no circuit breaker on the way: what is called is up as long as its caller is, deadlines bound how long a call
 * waits, and the server's `gate` stops calls by hand. Clients of services in other processes take theirs, by the
 * contract's `circuit_breaker`, from `withPolicies` of `@traffic-tacos/client-runtime`.
 */
export interface LocalTransport {
  /** A transport for `createClient` of connect-es. */
  as(caller: Caller): Transport;
  /** A client of one service. Answers are shared with the handler that made them: read, do not change. */
  client<S extends DescService>(service: S, options: LocalClientOptions): Client<S>;
}

export { createLocalTransport } from './create-local-transport.ts';
