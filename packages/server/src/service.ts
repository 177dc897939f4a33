import type { DescService, MessageShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AuthenticationRequest, Caller } from './caller.ts';

/** What a request came in, for those who check a signature over it. */
export interface SignedRequest {
  /** The request's headers; names are matched without regard to case. */
  readonly header: AuthenticationRequest['header'];
  /**
   * The request byte for byte as it was sent, after decompression and without the envelope of gRPC; `undefined` where
   * nothing was sent (a call in this process) or nobody kept it (what connect-es serves).
   */
  readonly body: Uint8Array | undefined;
}

/**
 * Checks the credential that a request itself is or carries, such as a signature over it. Runs before anything else
 * looks at the request, so that it may break any rule of the contract, and before its idempotency key is looked up:
 * who cannot sign learns nothing of earlier answers.
 *
 * @returns on whose behalf the call is made from here on, its idempotency key included.
 * @throws CallFailure: by `refuse('UNAUTHENTICATED', …)`, which counts against the client's address.
 */
export type VerifyRequest<I = unknown> = (request: I, signed: SignedRequest) => Caller | Promise<Caller>;

/** What goes with an implementation. */
export interface ServiceOptions<S extends DescService> {
  /** By method, for unary methods whose requests carry their own credential. */
  readonly verify?: {
    readonly [M in keyof S['method']]?: VerifyRequest<MessageShape<S['method'][M]['input']>>;
  };
  /**
   * Methods whose refusals are all statuses, though their answers have a field for outcomes: for callers who look at
   * nothing but the status, as senders of webhooks do. A refusal is not kept for the call's idempotency key then.
   */
  readonly statusOnly?: readonly (keyof S['method'] & string)[];
  /**
   * Methods with idempotency by key that have no effect but one transaction, which their answer is part of (see
   * `IdempotencyRecord`), and that throw when it does not go through. Nobody looks for an earlier answer before they run,
   * since hardly a key comes twice: the transaction of a second run fails, and what would be answered is the first answer
   * then, as it is in place of every answer and refusal that no transaction has recorded.
   */
  readonly recordsAnswers?: readonly (keyof S['method'] & string)[];
}

/** A service and what implements it, as `createServer` takes it. */
export interface ServiceRegistration {
  readonly service: DescService;
  readonly implementation: Partial<ServiceImpl<DescService>>;
  /** By local name of the method. */
  readonly verify?: Readonly<Record<string, VerifyRequest<never> | undefined>>;
  /** Local names of the methods whose refusals are all statuses. */
  readonly statusOnly?: readonly string[];
  /** Local names of the methods that record their answers themselves. */
  readonly recordsAnswers?: readonly string[];
}

/**
 * Pairs a service with its implementation. A method that the implementation lacks answers UNIMPLEMENTED.
 *
 * @param desc - the generated service
 * @param implementation - one function per method, as in connect-es
 */
export function service<S extends DescService>(
  desc: S,
  implementation: Partial<ServiceImpl<S>>,
  options: ServiceOptions<S> = {},
): ServiceRegistration {
  const verify = options.verify as ServiceRegistration['verify'];
  return {
    service: desc,
    implementation: implementation as Partial<ServiceImpl<DescService>>,
    ...(verify && { verify }),
    ...(options.statusOnly && { statusOnly: options.statusOnly }),
    ...(options.recordsAnswers && { recordsAnswers: options.recordsAnswers }),
  };
}
