import {
  clone,
  type DescField,
  type DescMessage,
  type JsonValue,
  type Message,
  toJson,
} from '@bufbuild/protobuf';
import { fieldPolicyOf, markedFields } from '@traffic-tacos/policy';
import { fieldsOf, valueIn } from '../pipeline/fields.ts';

const MASK = '[secret]';

/** A request as JSON for the log, without what its contract marks as secret or credential. */
export function maskedRequest(desc: DescMessage, request: Message): JsonValue {
  const copy = clone(desc, request);
  mask(desc, copy);
  return toJson(desc, copy);
}

function mask(desc: DescMessage, message: Message): void {
  for (const field of desc.fields) {
    const value = valueIn(message, field);
    if (value === undefined) {
      continue;
    }
    const policy = fieldPolicyOf(field);
    if (policy?.secret === true || policy?.credential === true) {
      hide(message, field, value);
    } else if (field.message !== undefined && hasSecrets(field.message)) {
      for (const inner of messagesIn(field, value)) {
        mask(field.message, inner);
      }
    }
  }
}

function hasSecrets(desc: DescMessage): boolean {
  return markedFields(desc, 'secret').length > 0 || markedFields(desc, 'credential').length > 0;
}

/** A string says that it is hidden; everything else is left out. */
function hide(message: Message, field: DescField, value: unknown): void {
  const fields = fieldsOf(message);
  if (field.oneof !== undefined) {
    fields[field.oneof.localName] = { case: undefined };
  } else if (typeof value === 'string') {
    fields[field.localName] = value === '' ? '' : MASK;
  } else if (field.fieldKind === 'list') {
    fields[field.localName] = [];
  } else if (field.fieldKind === 'map') {
    fields[field.localName] = {};
  } else {
    delete fields[field.localName];
  }
}

function messagesIn(field: DescField, value: unknown): Message[] {
  switch (field.fieldKind) {
    case 'list':
      return value as Message[];
    case 'map':
      return Object.values(value as Record<string, Message>);
    default:
      return [value as Message];
  }
}
