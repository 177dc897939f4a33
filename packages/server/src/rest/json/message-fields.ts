import { create, type DescEnum, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';

/** The fields of a message by their local names. */
export type Fields = Record<string, unknown>;

/** A field of messages, a list of messages or a map of messages. */
export type MessageField = DescField & { message: DescMessage };

/** Whether a field stores the scalar of a wrapper message instead of the message. */
export function isUnwrapped(field: DescField): field is MessageField & { fieldKind: 'message' } {
  return field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(field.message);
}

/** Whether a field stores `google.protobuf.Struct` as a plain JSON object. */
export function isPlainStruct(field: DescField): boolean {
  return (
    field.message?.typeName === 'google.protobuf.Struct' && field.parent?.typeName !== 'google.protobuf.Value'
  );
}

/** Whether an enum is the one whose only value is JSON's null. */
export function isNullValue(desc: DescEnum | undefined): boolean {
  return desc?.typeName === 'google.protobuf.NullValue';
}

/** The fields of a message, for code that works on any message. */
export function fieldsOf(message: Message): Fields {
  return message as unknown as Fields;
}

/** Sets the value of a field. */
export function setField(target: Fields, field: DescField, value: unknown): void {
  if (field.oneof === undefined) {
    target[field.localName] = value;
  } else {
    target[field.oneof.localName] = { case: field.localName, value };
  }
}

/** The value of a field as the message stores it; `undefined` where a oneof holds another field. */
export function getField(source: Fields, field: DescField): unknown {
  if (field.oneof === undefined) {
    return source[field.localName];
  }
  const group = source[field.oneof.localName] as { case?: string; value?: unknown } | undefined;
  return group?.case === field.localName ? group.value : undefined;
}

/** Sets a property, whatever its name: `__proto__` is one like any other. */
export function setOwn(target: Fields, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true });
  } else {
    target[name] = value;
  }
}

/** The message that a field holds, made where there is none. */
export function messageIn(target: Fields, field: MessageField): Message {
  const present = getField(target, field);
  if (present !== undefined) {
    return present as Message;
  }
  const made = create(field.message);
  setField(target, field, made);
  return made;
}
