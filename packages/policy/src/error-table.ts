import { type DescEnum, getOption, hasOption } from '@bufbuild/protobuf';
import { ErrorKind, error as errorOption } from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';
import { httpStatusOf } from './http-status.ts';

/** What one error code of a contract means on each protocol. */
export interface ErrorRow {
  /** The enum value's number. */
  readonly number: number;
  /** The enum value's name without the prefix that all values share, e.g. `NOT_FOUND`. */
  readonly name: string;
  readonly kind: ErrorKind.OUTCOME | ErrorKind.FAILURE;
  /** Canonical status code, as in google.rpc.Code. */
  readonly status: number;
  readonly httpStatus: number;
  /** `error.code` of a REST answer. */
  readonly restCode: string;
  /** Reasons that stand there instead, where the first detail of an error gives one of them. */
  readonly restReasons: readonly string[];
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
}

/** The error codes of a contract, by number and by name. */
export interface ErrorTable {
  readonly rows: readonly ErrorRow[];
  /** The row of a number; an unknown number gets the row of 0. */
  byNumber(number: number): ErrorRow;
  /** The row of a name without prefix. */
  byName(name: string): ErrorRow | undefined;
}

/** `error.code` of a REST answer about an error, by the reason that its first detail gives. */
export function restCodeOf(
  row: Pick<ErrorRow, 'restCode' | 'restReasons'>,
  reason: string | undefined,
): string {
  return reason !== undefined && row.restReasons.includes(reason) ? reason : row.restCode;
}

const UNKNOWN_STATUS = 2;
const tables = new WeakMap<DescEnum, ErrorTable>();

/** Reads the table of error codes from the `(tacos.policy.v1.error)` options of an enum. Read once per enum. */
export function errorTable(codes: DescEnum): ErrorTable {
  let table = tables.get(codes);
  if (table === undefined) {
    table = read(codes);
    tables.set(codes, table);
  }
  return table;
}

function read(codes: DescEnum): ErrorTable {
  const rows = codes.values.map((value): ErrorRow => {
    const policy = hasOption(value, errorOption) ? getOption(value, errorOption) : undefined;
    // localName has the shared prefix taken off already.
    const name = value.localName;
    const status = policy?.status ?? UNKNOWN_STATUS;
    return {
      number: value.number,
      name,
      kind: policy?.kind || ErrorKind.FAILURE,
      status,
      httpStatus: policy?.httpStatus ?? httpStatusOf(status),
      restCode: policy?.restCode ?? name,
      restReasons: policy?.restReasons ?? [],
      retryable: policy?.retryable ?? false,
    };
  });
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  const byName = new Map(rows.map((row) => [row.name, row]));
  const zero = byNumber.get(0) ?? rows[0];
  if (zero === undefined) {
    throw new Error(`${codes.typeName} has no values; expected an enum of error codes`);
  }
  return {
    rows,
    byNumber: (number) => byNumber.get(number) ?? zero,
    byName: (name) => byName.get(name),
  };
}
