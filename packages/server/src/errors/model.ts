import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import type { ErrorRow } from '@traffic-tacos/policy';
import type { FailureDetail } from './failure.ts';

/** What is said about one failure of one call. */
export interface ErrorInfo {
  readonly message: string;
  readonly traceId: string;
  readonly details: readonly FailureDetail[];
}

type OutgoingDetail = Exclude<ConnectError['details'][number], { type: string }>;

/** How a contract tells its callers what went wrong. */
export interface ErrorModel {
  /** The contract's error message; `undefined` when it has none, and every failure is a status. */
  readonly message: DescMessage | undefined;
  /** The row of a code, by number or by name without prefix. */
  row(code: number | string): ErrorRow | undefined;
  /** The row that stands for a canonical status, for errors that only have a status. */
  rowOfStatus(status: number): ErrorRow | undefined;
  /** The contract's error message for a failure; called only where `message` is given. */
  build(row: ErrorRow, info: ErrorInfo): Message;
  /** The row of an error message in an answer; called only where `message` is given. */
  rowIn(error: Message): ErrorRow | undefined;
  /** Sets the trace id of an error message that has none. */
  stamp(error: Message, traceId: string): void;
  /** The details of a status. */
  details(row: ErrorRow | undefined, info: ErrorInfo): OutgoingDetail[];
}
