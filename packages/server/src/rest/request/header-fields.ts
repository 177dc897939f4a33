import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { markedFields } from '@traffic-tacos/policy';
import { fieldsOf } from '../json/message-fields.ts';
import type { HeaderView } from '../rest-call.ts';
import { invalid } from '../rest-error.ts';
import { assign, pathName, read } from './field-path.ts';

/** Fills fields of a request from headers. @throws RestError */
export type ReadHeaders = (headers: HeaderView, request: Message) => void;

/** The header for the key that makes a repeated call harmless. */
export const IDEMPOTENCY_KEY = 'idempotency-key';
/** The header with which an `EventSource` asks for what it has missed. */
export const LAST_EVENT_ID = 'last-event-id';

/** The string marked as idempotency key that a request has itself or in a message inside. */
export function keyPath(input: DescMessage): readonly DescField[] | undefined {
  return markedFields(input, 'idempotencyKey').find((path) =>
    path.every((field, index) =>
      index < path.length - 1
        ? field.fieldKind === 'message'
        : field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING,
    ),
  );
}

/** Makes the reader of `idempotency-key`; `undefined` for a method without a field for it. */
export function keyReader(input: DescMessage): ReadHeaders | undefined {
  const path = keyPath(input);
  if (path === undefined) {
    return undefined;
  }
  const name = pathName(path);
  return (headers, request) => {
    const header = headers.get(IDEMPOTENCY_KEY);
    if (header === null || header === undefined || header === '') {
      return;
    }
    const key = unquoted(header);
    const present = read(request, path);
    if (typeof present === 'string' && present !== '' && present !== key) {
      throw invalid(`${name} and the header ${IDEMPOTENCY_KEY} differ; expected one of them, or both alike`, {
        field: name,
        reason: 'CONFLICTS_WITH_HEADER',
      });
    }
    assign(request, path, key);
  };
}

/** The string of a request that says from where a stream goes on. */
export function resumeField(input: DescMessage): DescField | undefined {
  return input.fields.find(
    (field) =>
      field.name === 'resume_token' &&
      field.fieldKind === 'scalar' &&
      field.scalar === ScalarType.STRING &&
      field.oneof === undefined,
  );
}

/**
 * Makes the reader of `last-event-id`, for streams whose answers are numbered by `sequence` and whose request takes
 * the number to go on from as `resume_token`. The header counts more: a browser repeats the address it began with.
 */
export function resumeReader(input: DescMessage): ReadHeaders | undefined {
  const field = resumeField(input);
  if (field === undefined) {
    return undefined;
  }
  return (headers, request) => {
    const last = headers.get(LAST_EVENT_ID);
    if (last) {
      fieldsOf(request)[field.localName] = last;
    }
  };
}

/** The text of a header that may be written as a quoted string. */
function unquoted(header: string): string {
  return /^".*"$/s.test(header) ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
}
