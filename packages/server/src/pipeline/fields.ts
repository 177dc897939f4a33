import type { DescField, Message } from '@bufbuild/protobuf';

/** The fields of a message by their local names, for code that works on any message. */
export function fieldsOf(message: Message): Record<string, unknown> {
  return message as unknown as Record<string, unknown>;
}

/** A copy whose own fields can be replaced; what is inside them is shared. */
export function shallowCopy<M extends Message>(message: M): M {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message);
}

/** The value of a field as the message stores it; `undefined` for a oneof whose case is another field. */
export function valueIn(message: Message, field: DescField): unknown {
  const fields = fieldsOf(message);
  if (field.oneof === undefined) {
    return fields[field.localName];
  }
  const group = fields[field.oneof.localName] as { case?: string; value?: unknown } | undefined;
  return group?.case === field.localName ? group.value : undefined;
}
