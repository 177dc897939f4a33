import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorCode, ErrorSchema, type Error as LibraryError } from './gen/library/v1/errors_pb.js';

/** How a call failed, as its client saw it. */
export interface ClientFailure {
  /** Name of the status, e.g. `NotFound`. */
  readonly status: string;
  /** Name of the contract's code; `undefined` when the status carries none of its errors. */
  readonly code: string | undefined;
  readonly message: string;
  readonly detail: LibraryError | undefined;
  readonly error: ConnectError;
}

/** Waits for a call to fail. Throws when it does not. */
export async function failureOf(call: Promise<unknown>): Promise<ClientFailure> {
  const error = await call.then(
    (answer) => {
      throw new Error(`expected a failure, got ${JSON.stringify(answer)}`);
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectError)) {
    throw error;
  }
  const [detail] = error.findDetails(ErrorSchema);
  return {
    status: Code[error.code],
    code: detail === undefined ? undefined : ErrorCode[detail.code],
    message: error.rawMessage,
    detail,
    error,
  };
}
