import type { DescMessage, Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { ErrorRow } from '@traffic-tacos/policy';
import { statuses } from '../../errors/status.ts';

/** A contract's own errors, as far as REST needs them. The `ErrorModel` of a server is one. */
export interface RestErrorModel {
  /**
   * The contract's error message, with the fields `message`, `trace_id` and `details` (each with `field`, `reason`,
   * `value`); `undefined` when it has none.
   */
  readonly message: DescMessage | undefined;
  /** The row of an error message. */
  rowIn(error: Message): ErrorRow | undefined;
  /** The row that stands for a canonical status, for errors that only have a status. */
  rowOfStatus(status: number): ErrorRow | undefined;
}

/** The model of a contract without errors of its own: canonical statuses. */
export const canonicalErrors: RestErrorModel = {
  message: undefined,
  rowIn: () => undefined,
  rowOfStatus: () => undefined,
};

const byCode = new Map(statuses.map((status) => [status.code, status]));

/** `error.code` and HTTP status of a canonical status. */
export function canonical(status: number): { restCode: string; httpStatus: number } {
  const known = byCode.get(status) ?? byCode.get(Code.Unknown);
  return { restCode: known?.name ?? 'UNKNOWN', httpStatus: known?.httpStatus ?? 500 };
}
