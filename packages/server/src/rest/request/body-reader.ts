import { create, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { fieldsOf, setField } from '../json/message-fields.ts';
import { isConfidential } from '../json/names.ts';
import { parseJson, readFrom } from '../json/parse-body.ts';
import { unknownEnum } from '../json/read-enum.ts';
import type { JsonReader } from '../json/reader.ts';
import { RestError } from '../rest-error.ts';

/** Reads a request from a body. @throws RestError */
export type ReadBody = (body: Uint8Array, contentType: string) => Message;

/** The message that stands for a raw body. */
export const HTTP_BODY = 'google.api.HttpBody';

/** Makes the reader of a body that is the whole request. */
export function wholeBodyReader(input: DescMessage, httpMethod: string, reader: JsonReader): ReadBody {
  if (input.typeName === HTTP_BODY) {
    return (body, contentType) => httpBody(input, body, contentType);
  }
  const read = reader.message(input);
  return (body, contentType) => {
    if (body.length === 0) {
      return create(input);
    }
    requireJson(contentType, httpMethod);
    return readFrom(parseJson(body), undefined, read);
  };
}

/** Makes the reader of a body that is one field of the request. */
export function fieldBodyReader(
  input: DescMessage,
  field: DescField,
  httpMethod: string,
  reader: JsonReader,
): ReadBody {
  const { message } = field;
  const raw = field.fieldKind === 'message' && message?.typeName === HTTP_BODY ? message : undefined;
  const read = reader.value(field);
  const confidential = isConfidential(field);
  return (body, contentType) => {
    const request = create(input);
    if (body.length === 0) {
      return request;
    }
    if (raw !== undefined) {
      setField(fieldsOf(request), field, httpBody(raw, body, contentType));
      return request;
    }
    requireJson(contentType, httpMethod);
    const value = readFrom(parseJson(body), field.name, (json, context) => {
      context.confidential = confidential;
      return json === null ? undefined : read(json, context);
    });
    if (value !== undefined && value !== unknownEnum) {
      setField(fieldsOf(request), field, value);
    }
    return request;
  };
}

function httpBody(desc: DescMessage, body: Uint8Array, contentType: string): Message {
  const made = create(desc);
  const fields = fieldsOf(made);
  fields.contentType = contentType;
  fields.data = body;
  return made;
}

const JSON_TYPE = /^application\/(?:json|[\w.!#$&^-]+\+json)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

function requireJson(contentType: string, httpMethod: string): void {
  if (contentType === 'application/json' || JSON_TYPE.test(contentType)) {
    return;
  }
  const found = contentType === '' ? 'no content type' : `content type ${contentType.slice(0, 64)}`;
  const header = httpMethod === 'POST' ? 'accept-post' : httpMethod === 'PATCH' ? 'accept-patch' : 'accept';
  throw new RestError(Code.InvalidArgument, `the body has ${found}; expected application/json in UTF-8`, {
    httpStatus: 415,
    restCode: 'UNSUPPORTED_MEDIA_TYPE',
    headers: { [header]: 'application/json' },
    details: [{ field: 'content-type', reason: 'UNSUPPORTED_MEDIA_TYPE', value: contentType.slice(0, 64) }],
  });
}
