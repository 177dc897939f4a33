import { Code, ConnectError } from '@connectrpc/connect';
import type { Error as ContractError } from '@traffic-tacos/contracts/common/v1';
import { ErrorCode, ErrorSchema } from '@traffic-tacos/contracts/common/v1';

/** An error as tests compare it: its code, and each detail as `field REASON`. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details: readonly string[];
}

/** The refusal in an answer; `undefined` for a success. */
export function refusalOf(answer: { readonly error?: ContractError | undefined }): Refusal | undefined {
  return answer.error && shown(answer.error);
}

/** The failure that a call ends with: its status, and the contract's error in its details. */
export async function failureOf(call: Promise<unknown>): Promise<Refusal & { readonly status: string }> {
  const reason = await call.then(
    () => {
      throw new Error('expected the call to fail, but it succeeded');
    },
    (thrown: unknown) => ConnectError.from(thrown),
  );
  const [detail] = reason.findDetails(ErrorSchema);
  if (detail === undefined) {
    throw new Error(`the failure carries no contract error: ${reason.message}`, { cause: reason });
  }
  return { status: Code[reason.code], ...shown(detail) };
}

function shown(error: ContractError): Refusal {
  return {
    code: ErrorCode[error.code],
    message: error.message,
    details: error.details.map(({ field, reason }) => `${field} ${reason}`),
  };
}
