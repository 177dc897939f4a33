import { create, type DescEnum, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { ErrorKind, type ErrorRow, errorTable } from '@traffic-tacos/policy';
import type { FailureDetail } from './failure.ts';
import type { ErrorInfo, ErrorModel } from './model.ts';
import { statusName } from './status.ts';

/** The parts of a contract's error. */
export interface ErrorModelOptions {
  /**
   * The error message. Needs the fields `code` (the enum), `message` and `trace_id` (strings) and `details` (a
   * list of `detail`).
   */
  readonly error: DescMessage;
  /** The message of one cause, with the strings `field`, `reason` and `value`. Default: that of `details`. */
  readonly detail?: DescMessage;
  /** The codes; what each means is read from its `(tacos.policy.v1.error)` option. */
  readonly codes: DescEnum;
}

type Fields = Message & Record<string, unknown>;

/**
 * Makes a contract's own error message and code table usable for the runtime: answers carry the message in
 * their `error` field, statuses as their one detail.
 *
 * @throws Error when the message lacks one of the fields.
 */
export function errorModel(options: ErrorModelOptions): ErrorModel {
  const { error } = options;
  const detail = options.detail ?? nested(error, 'details');
  const code = local(error, 'code');
  const message = local(error, 'message');
  const traceId = local(error, 'trace_id');
  const details = local(error, 'details');
  const [field, reason, value] = [local(detail, 'field'), local(detail, 'reason'), local(detail, 'value')];
  const table = errorTable(options.codes);
  const known = new Map(table.rows.map((row) => [row.number, row]));
  const byStatus = statusRows(table.rows);

  const buildDetail = (from: FailureDetail): Message =>
    create(detail, { [field]: from.field ?? '', [reason]: from.reason ?? '', [value]: from.value ?? '' });
  const build = (row: ErrorRow, info: ErrorInfo): Message =>
    create(error, {
      [code]: row.number,
      [message]: info.message,
      [traceId]: info.traceId,
      [details]: info.details.map(buildDetail),
    });

  return {
    message: error,
    row: (ref) =>
      typeof ref === 'number' ? known.get(ref) : table.byName(withoutPrefix(options.codes, ref)),
    rowOfStatus: (status) => byStatus.get(status),
    build,
    rowIn: (found) => known.get((found as Fields)[code] as number),
    stamp: (found, id) => {
      (found as Fields)[traceId] ||= id;
    },
    details: (row, info) => (row === undefined ? [] : [{ desc: error, value: build(row, info) }]),
  };
}

/**
 * The row that stands for each status: the one of the same name, else the first failure. Outcomes are about one
 * thing in particular and stand for no status.
 */
function statusRows(rows: readonly ErrorRow[]): ReadonlyMap<number, ErrorRow> {
  const found = new Map<number, ErrorRow>();
  for (const row of rows) {
    const named = row.name === statusName(row.status);
    const usable = row.kind === ErrorKind.FAILURE && row.number !== 0 && !found.has(row.status);
    if (named || usable) {
      found.set(row.status, row);
    }
  }
  return found;
}

function withoutPrefix(codes: DescEnum, name: string): string {
  const prefix = codes.sharedPrefix?.toUpperCase();
  return prefix !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function find(message: DescMessage, name: string): DescField {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new Error(
      `${message.typeName} has no field "${name}"; expected an error message with code, message, trace_id and ` +
        'details (each with field, reason, value)',
    );
  }
  return field;
}

function local(message: DescMessage, name: string): string {
  return find(message, name).localName;
}

function nested(message: DescMessage, name: string): DescMessage {
  const field = find(message, name);
  if (field.fieldKind !== 'list' || field.message === undefined) {
    throw new Error(`${message.typeName}.${name} is not a list of messages; expected one entry per cause`);
  }
  return field.message;
}
