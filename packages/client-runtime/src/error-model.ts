import type { DescEnum, DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { Code, type ConnectError } from '@connectrpc/connect';
import { ErrorKind, type ErrorRow, errorTable } from '@traffic-tacos/policy';
import { retryAfterMs } from './retry-after.ts';
import { statusName } from './status-name.ts';
import type { ErrorCause } from './tacos-error.ts';

/** An error as the contract describes it, before it is thrown. */
export interface ContractError {
  /** The code without its prefix. */
  readonly code: string;
  /** The contract's number of the code; 0 where it has none. */
  readonly number: number;
  /** Canonical status. */
  readonly status: Code;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
  /** One sentence for people. */
  readonly rawMessage: string;
  /** Empty where the error carries none. */
  readonly traceId: string;
  readonly details: readonly ErrorCause[];
}

/** How a contract says that a call did not do what it was asked to. */
export interface ErrorModel {
  /** The error inside an answer, for outcomes; `undefined` when the call did what it was asked to. */
  ofAnswer(desc: DescMessage, answer: Message): ContractError | undefined;
  /** The error behind a status. */
  ofStatus(error: ConnectError): ContractError;
}

/** The model of a contract without an error message of its own: the code is the canonical status. */
export const statusErrors: ErrorModel = {
  ofAnswer: () => undefined,
  ofStatus: (error) => ({
    code: statusName(error.code),
    number: error.code,
    status: error.code,
    retryable: mayPass(error),
    rawMessage: error.rawMessage,
    traceId: '',
    details: [],
  }),
};

/**
 * The model of a contract whose errors are a message of its own, found in the field `error` of answers and in the
 * details of a status. What a code means is read from the `(tacos.policy.v1.error)` options of the enum.
 *
 * @param contract.error The message; its fields are `code`, `message`, `trace_id` and `details`, the entries of
 *   the latter `field`, `reason` and `value`. All but the code may be missing.
 * @param contract.codes The enum of the codes.
 * @throws Error when the message has no field `code` of that enum.
 */
export function errorModel(contract: { error: DescMessage; codes: DescEnum }): ErrorModel {
  const { error: desc, codes } = contract;
  const table = errorTable(codes);
  const code = fieldOf(desc, 'code');
  if (code?.enum?.typeName !== codes.typeName) {
    throw new Error(`${desc.typeName}: expected a field "code" of the enum ${codes.typeName}`);
  }
  const text = fieldOf(desc, 'message');
  const trace = fieldOf(desc, 'trace_id');
  const causes = fieldOf(desc, 'details');

  const read = (error: Message, status: Code | undefined): ContractError => {
    const number = Number(get(error, code));
    const row = table.byNumber(number);
    // A code added to the contract after this client was built still has its status.
    const known = row.number === number;
    return {
      code: known || status === undefined ? row.name : statusName(status),
      number,
      status: status ?? (row.status as Code),
      retryable: known && row.retryable,
      rawMessage: String(get(error, text) ?? ''),
      traceId: String(get(error, trace) ?? ''),
      details: listOf(error, causes).map((cause) => readCause(causes?.message, cause)),
    };
  };

  return {
    ofAnswer(answerDesc, answer) {
      const field = answerDesc.field.error;
      if (field?.fieldKind !== 'message' || field.message.typeName !== desc.typeName) {
        return undefined;
      }
      const error = get(answer, field);
      return error === undefined ? undefined : read(error as Message, undefined);
    },
    ofStatus(error) {
      const [detail] = error.findDetails(desc);
      if (detail !== undefined) {
        const found = read(detail, error.code);
        return { ...found, rawMessage: found.rawMessage || error.rawMessage };
      }
      const row = rowOfStatus(table.rows, error.code);
      const bare = statusErrors.ofStatus(error);
      return { ...bare, code: row?.name ?? bare.code, number: row?.number ?? 0 };
    },
  };
}

/**
 * The contract's code for a status that came without one, as from a proxy or from the client itself: the code of
 * the same name, else the first failure with that status. Never an outcome of another name: nobody decided one.
 */
function rowOfStatus(rows: readonly ErrorRow[], status: Code): ErrorRow | undefined {
  const fitting = rows.filter((row) => row.number !== 0 && row.status === status);
  return (
    fitting.find((row) => row.name === statusName(status)) ??
    fitting.find((row) => row.kind === ErrorKind.FAILURE)
  );
}

/** Whether a bare status may pass by itself. A limit does when the server says after what time. */
function mayPass(error: ConnectError): boolean {
  return (
    error.code === Code.Unavailable ||
    error.code === Code.DeadlineExceeded ||
    (error.code === Code.ResourceExhausted && retryAfterMs(error.metadata) !== undefined)
  );
}

function readCause(desc: DescMessage | undefined, cause: Message): ErrorCause {
  const read = (name: string) => String((desc && get(cause, fieldOf(desc, name))) ?? '');
  return { field: read('field'), reason: read('reason'), value: read('value') };
}

function fieldOf(desc: DescMessage, name: string): DescField | undefined {
  return desc.fields.find((field) => field.name === name);
}

function get(message: Message, field: DescField | undefined): unknown {
  return field && (message as unknown as Record<string, unknown>)[field.localName];
}

function listOf(message: Message, field: DescField | undefined): Message[] {
  const value = field?.fieldKind === 'list' && field.message ? get(message, field) : undefined;
  return Array.isArray(value) ? value : [];
}
