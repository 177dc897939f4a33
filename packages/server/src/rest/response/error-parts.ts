import type { DescMessage, Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { restCodeOf } from '@traffic-tacos/policy';
import { BadRequestSchema, RequestInfoSchema } from '../../errors/google-rpc.ts';
import { type Fields, fieldsOf } from '../json/message-fields.ts';
import { RestError, type RestErrorDetail } from '../rest-error.ts';
import { canonical, type RestErrorModel } from './error-model.ts';
import { isOfTransport } from './headers.ts';

/** An error, in whatever form it came. */
export interface ErrorParts {
  readonly httpStatus: number;
  readonly code: string;
  readonly message: string;
  /** `undefined` where the error carries none of its own. */
  readonly traceId: string | undefined;
  readonly details: readonly RestErrorDetail[];
  /** Headers that go with it. */
  readonly headers: Iterable<readonly [string, string]>;
}

/** Takes errors apart. */
export interface ErrorReader {
  /** What was thrown. What was not meant for the caller becomes an internal error. */
  thrown(reason: unknown): ErrorParts;
  /** The contract's error message in an answer. */
  message(error: Message, headers?: ErrorParts['headers']): ErrorParts;
}

/** Makes the reader of a contract's errors. */
export function errorReader(model: RestErrorModel): ErrorReader {
  const names = model.message === undefined ? undefined : localNames(model.message);

  const message: ErrorReader['message'] = (error, headers = []) => {
    const row = model.rowIn(error);
    const fields = fieldsOf(error);
    const fallback = canonical(Code.Unknown);
    const details = listIn(fields, names?.details).map((detail) => detailOf(detail, 'value'));
    return {
      httpStatus: row?.httpStatus ?? fallback.httpStatus,
      code: row === undefined ? fallback.restCode : restCodeOf(row, details[0]?.reason),
      message: textIn(fields, names?.message) ?? '',
      traceId: textIn(fields, names?.traceId),
      details,
      headers,
    };
  };

  const ofStatus = (status: number): { code: string; httpStatus: number } => {
    const row = model.rowOfStatus(status);
    const plain = canonical(status);
    return { code: row?.restCode ?? plain.restCode, httpStatus: row?.httpStatus ?? plain.httpStatus };
  };

  const ofRest = (error: RestError): ErrorParts => {
    const { code, httpStatus } = ofStatus(error.status);
    return {
      httpStatus: error.httpStatus ?? httpStatus,
      code: error.restCode ?? code,
      message: error.message,
      traceId: undefined,
      details: error.details,
      headers: Object.entries(error.headers),
    };
  };

  const ofConnect = (error: ConnectError): ErrorParts => {
    const own = model.message === undefined ? undefined : error.findDetails(model.message)[0];
    if (own !== undefined) {
      return message(own, ofCall(error.metadata));
    }
    const plain = ofStatus(error.code);
    const [badRequest] = error.findDetails(BadRequestSchema);
    const [requestInfo] = error.findDetails(RequestInfoSchema);
    return {
      ...plain,
      message: isCopied(error) ? plain.code.toLowerCase().replaceAll('_', ' ') : error.rawMessage,
      traceId: requestInfo && textIn(fieldsOf(requestInfo), 'requestId'),
      details: badRequest
        ? listIn(fieldsOf(badRequest), 'fieldViolations').map((violation) =>
            detailOf(violation, 'description'),
          )
        : [],
      headers: ofCall(error.metadata),
    };
  };

  return {
    message,
    thrown: (reason) => {
      if (reason instanceof RestError) {
        return ofRest(reason);
      }
      if (reason instanceof ConnectError) {
        return ofConnect(reason);
      }
      return ofRest(new RestError(Code.Internal, 'internal error'));
    },
  };
}

/** Transports copy the message of a system error, with addresses and paths in it. */
function isCopied(error: ConnectError): boolean {
  return error.cause instanceof Error && error.cause.message === error.rawMessage;
}

function ofCall(metadata: Headers): [string, string][] {
  return [...metadata].filter(([name]) => !isOfTransport(name));
}

function localNames(error: DescMessage): { message?: string; traceId?: string; details?: string } {
  const local = (name: string): string | undefined =>
    error.fields.find((field) => field.name === name)?.localName;
  const [message, traceId, details] = [local('message'), local('trace_id'), local('details')];
  return {
    ...(message && { message }),
    ...(traceId && { traceId }),
    ...(details && { details }),
  };
}

function detailOf(from: Fields, value: 'value' | 'description'): RestErrorDetail {
  const field = textIn(from, 'field');
  const reason = textIn(from, 'reason');
  const found = textIn(from, value);
  return { ...(field && { field }), ...(reason && { reason }), ...(found && { value: found }) };
}

function textIn(fields: Fields, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function listIn(fields: Fields, name: string | undefined): readonly Fields[] {
  const value = name === undefined ? undefined : fields[name];
  return Array.isArray(value) ? value : [];
}
