import { create, type DescService } from '@bufbuild/protobuf';
import { type CallOptions, Code, ConnectError } from '@connectrpc/connect';
import { ErrorCode, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import type { LocalTransport } from '@traffic-tacos/server';

/** What gives a service its clients of others. */
export type Clients = Pick<LocalTransport, 'client'>;

/**
 * The services behind one: where such a service fails, the caller of the service in front of it is told that, with a
 * reason that names it. What is wrong with the call itself stays as it is, and so does what a service further behind
 * has failed with.
 */
export function behind(local: Clients): Clients {
  return {
    client: (service, options) => {
      const client = local.client(service, options);
      // Calls are handed on with the very options they came with: those of a call within a call cost least.
      const calls = client as Readonly<Record<string, UnaryCall>>;
      const telling = service.methods
        .filter(({ methodKind }) => methodKind === 'unary')
        .map(({ localName }): [string, UnaryCall] => [
          localName,
          (request, how) =>
            (calls[localName] as UnaryCall)(request, how).catch((reason: unknown) => {
              throw failureBehind(service, reason);
            }),
        ]);
      return { ...client, ...Object.fromEntries(telling) };
    },
  };
}

type UnaryCall = (request: never, options?: CallOptions) => Promise<unknown>;

/** What a service in front says instead of what the one behind has said, with its status. */
const TOLD_AS: Readonly<
  Partial<Record<ErrorCode, readonly [code: ErrorCode, status: Code, reason: string]>>
> = {
  [ErrorCode.UNSPECIFIED]: [ErrorCode.UPSTREAM_ERROR, Code.Unavailable, 'SERVICE_ERROR'],
  [ErrorCode.INTERNAL]: [ErrorCode.UPSTREAM_ERROR, Code.Unavailable, 'SERVICE_ERROR'],
  [ErrorCode.UNAVAILABLE]: [ErrorCode.UPSTREAM_ERROR, Code.Unavailable, 'SERVICE_ERROR'],
  [ErrorCode.TIMEOUT]: [ErrorCode.UPSTREAM_TIMEOUT, Code.DeadlineExceeded, 'SERVICE_TIMEOUT'],
};

function failureBehind(service: DescService, thrown: unknown): unknown {
  const failure = ConnectError.from(thrown);
  const [error] = failure.findDetails(ErrorSchema);
  const told = error && TOLD_AS[error.code];
  if (error === undefined || told === undefined) {
    return thrown;
  }
  const [code, status, reason] = told;
  const { message, details } = error;
  const name = service.name.replace(/Service$/, '').toUpperCase();
  const value = create(ErrorSchema, {
    code,
    message,
    details: [{ reason: `${name}_${reason}` }, ...details],
  });
  return new ConnectError(message, status, failure.metadata, [{ desc: ErrorSchema, value }], thrown);
}
