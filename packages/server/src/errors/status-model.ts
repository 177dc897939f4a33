import { create } from '@bufbuild/protobuf';
import { ErrorKind, type ErrorRow } from '@traffic-tacos/policy';
import { BadRequestSchema, RequestInfoSchema } from './google-rpc.ts';
import type { ErrorModel } from './model.ts';
import { statuses } from './status.ts';

const rows = statuses.map(
  (status): ErrorRow => ({
    number: status.code,
    name: status.name,
    kind: ErrorKind.FAILURE,
    status: status.code,
    httpStatus: status.httpStatus,
    restCode: status.name,
    restReasons: [],
    retryable: status.retryable,
  }),
);
const byNumber = new Map(rows.map((row) => [row.number, row]));
const byName = new Map(rows.map((row) => [row.name, row]));

/**
 * The model of a contract without errors of its own: codes are the canonical statuses, by number or by name
 * (`NOT_FOUND`), and a status carries `google.rpc.RequestInfo` with the trace id, and `google.rpc.BadRequest`
 * where fields are at fault.
 */
export const statusModel: ErrorModel = {
  message: undefined,
  row: (code) => (typeof code === 'number' ? byNumber.get(code) : byName.get(code)),
  rowOfStatus: (status) => byNumber.get(status),
  build: () => {
    throw new TypeError('A contract without an error message has none to build');
  },
  rowIn: () => undefined,
  stamp: () => undefined,
  details: (_row, info) => {
    const requestInfo = {
      desc: RequestInfoSchema,
      value: create(RequestInfoSchema, { requestId: info.traceId }),
    };
    if (info.details.length === 0) {
      return [requestInfo];
    }
    const fieldViolations = info.details.map((detail) => ({
      field: detail.field ?? '',
      description: detail.value ? `found ${detail.value}` : '',
      reason: detail.reason ?? '',
    }));
    return [{ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations }) }, requestInfo];
  },
};
