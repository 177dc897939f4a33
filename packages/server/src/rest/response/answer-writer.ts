import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { type Fields, fieldsOf } from '../json/message-fields.ts';
import type { JsonWriter } from '../json/writer.ts';
import { HTTP_BODY } from '../request/body-reader.ts';
import type { RestCall, RestResponse } from '../rest-call.ts';
import type { RestErrorModel } from './error-model.ts';
import type { ErrorReader } from './error-parts.ts';
import { errorResponse } from './error-writer.ts';
import { JSON_HEADERS, NO_STORE, typed } from './headers.ts';

/** Writes the answers of one method. */
export type WriteAnswer = (answer: Message, call: RestCall) => RestResponse;

/** What answers are written with. */
export interface AnswerTools {
  /** Writes defaults as well, as configured. */
  readonly writer: JsonWriter;
  /** Writes only what is set. */
  readonly sparse: JsonWriter;
  readonly errors: RestErrorModel;
  readonly errorReader: ErrorReader;
}

/**
 * Makes the writer of a method's answers: the whole message, or one field of it; raw where that is a
 * `google.api.HttpBody`; an error where the answer carries one.
 *
 * @param status - of a success
 */
export function answerWriter(
  output: DescMessage,
  responseBody: DescField | undefined,
  status: number,
  tools: AnswerTools,
): WriteAnswer {
  const write = successWriter(output, responseBody, status, tools.writer);
  const errorField = errorFieldOf(output, tools.errors);
  if (errorField === undefined) {
    return write;
  }
  const writeRest = tools.sparse.message(output);
  return (answer, call) => {
    const error = fieldsOf(answer)[errorField] as Message | undefined;
    if (error === undefined) {
      return write(answer, call);
    }
    // What else the answer says is kept: an answer without its error, and the error in the form of REST.
    const rest = writeRest(
      Object.assign(Object.create(Object.getPrototypeOf(answer)), answer, { [errorField]: undefined }),
    );
    return errorResponse(tools.errorReader.message(error), call, rest.slice(1, -1));
  };
}

/** The local name of the field that takes a contract's error. */
export function errorFieldOf(output: DescMessage, errors: RestErrorModel): string | undefined {
  const field = output.fields.find((candidate) => candidate.name === 'error');
  const usable =
    field?.fieldKind === 'message' &&
    field.oneof === undefined &&
    errors.message !== undefined &&
    field.message.typeName === errors.message.typeName;
  return usable ? field.localName : undefined;
}

function successWriter(
  output: DescMessage,
  responseBody: DescField | undefined,
  status: number,
  writer: JsonWriter,
): WriteAnswer {
  if (status === 204 || status === 205) {
    return () => ({ status, headers: NO_STORE, body: undefined });
  }
  const part = partWriter(output, responseBody, writer);
  return (answer) => {
    const { body, contentType } = part(answer);
    return { status, headers: contentType === undefined ? JSON_HEADERS : typed(contentType), body };
  };
}

/** What a body is made of; `contentType` only where it is no JSON. */
export interface Part {
  readonly body: string | Uint8Array;
  readonly contentType?: string;
}

/** Makes the writer of a message's part that is the body. */
export function partWriter(
  output: DescMessage,
  responseBody: DescField | undefined,
  writer: JsonWriter,
): (answer: Message) => Part {
  if (responseBody === undefined) {
    if (output.typeName === HTTP_BODY) {
      return (answer) => rawPart(fieldsOf(answer));
    }
    const write = writer.message(output);
    return (answer) => ({ body: write(answer) });
  }
  const { localName } = responseBody;
  if (responseBody.fieldKind === 'message' && responseBody.message.typeName === HTTP_BODY) {
    return (answer) => rawPart((fieldsOf(answer)[localName] ?? {}) as Fields);
  }
  const write = writer.value(responseBody);
  const { oneof } = responseBody;
  return (answer) => {
    const fields = fieldsOf(answer);
    const group = oneof && (fields[oneof.localName] as { case?: string; value?: unknown });
    const value =
      group === undefined ? fields[localName] : group.case === localName ? group.value : undefined;
    return { body: value === undefined ? 'null' : write(value) };
  };
}

function rawPart(body: Fields): Part {
  const { contentType, data } = body;
  return {
    body: data instanceof Uint8Array ? data : new Uint8Array(0),
    contentType: typeof contentType === 'string' && isHeaderValue(contentType) ? contentType : RAW_TYPE,
  };
}

const RAW_TYPE = 'application/octet-stream';

/** Whether a text is a content type that can go into a header. */
function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e]+\/[\x20-\x7e]+$/.test(text);
}
