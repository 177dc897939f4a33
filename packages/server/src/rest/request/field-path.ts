import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';
import {
  type Fields,
  fieldsOf,
  getField,
  type MessageField,
  messageIn,
  setField,
} from '../json/message-fields.ts';
import { ValueError } from '../json/problem.ts';

/** A singular message whose fields can be named one by one: `a` of `a.b`. */
export function isEnterable(field: DescField): field is MessageField & { fieldKind: 'message' } {
  return field.fieldKind === 'message' && !hasCustomJsonRepresentation(field.message);
}

/**
 * The fields that a dotted path of a template leads through.
 *
 * @throws Error that names the part at fault
 */
export function resolvePath(root: DescMessage, names: readonly string[]): DescField[] {
  const fields: DescField[] = [];
  let message = root;
  names.forEach((name, index) => {
    const field = message.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      throw new Error(`${message.typeName} has no field "${name}"`);
    }
    fields.push(field);
    if (index < names.length - 1) {
      if (!isEnterable(field)) {
        throw new Error(`${message.typeName}.${name} is no message with fields of its own`);
      }
      message = field.message;
    }
  });
  return fields;
}

/** Names of a path as in the proto file, joined by points. */
export function pathName(fields: readonly DescField[]): string {
  return fields.map((field) => field.name).join('.');
}

/** Sets the field that a path leads to, and makes the messages on the way. @throws ValueError */
export function assign(message: Message, path: readonly DescField[], value: unknown): void {
  let target: Fields = fieldsOf(message);
  const last = path.length - 1;
  for (let index = 0; index < last; index++) {
    const field = path[index] as MessageField;
    checkOneof(target, field);
    target = fieldsOf(messageIn(target, field));
  }
  const field = path[last];
  if (field !== undefined) {
    checkOneof(target, field);
    setField(target, field, value);
  }
}

/** What the field at the end of a path holds; `undefined` where a message on the way is missing. */
export function read(message: Message, path: readonly DescField[]): unknown {
  let value: unknown = message;
  for (const field of path) {
    if (value === undefined) {
      return undefined;
    }
    value = getField(value as Fields, field);
  }
  return value;
}

/** A oneof is set once: what came first is not lost without a word. */
export function checkOneof(target: Fields, field: DescField): void {
  const chosen =
    field.oneof === undefined ? undefined : (target[field.oneof.localName] as { case?: string }).case;
  if (chosen !== undefined && chosen !== field.localName) {
    throw new ValueError(`one field of ${field.oneof?.name} at most`, 'SEVERAL_OF_ONEOF');
  }
}
