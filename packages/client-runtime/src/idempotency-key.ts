import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type FieldPath, markedFields } from '@traffic-tacos/policy';

/** A request that may carry an idempotency key. */
export interface KeyedRequest<I extends DescMessage> {
  readonly message: MessageShape<I>;
  /** Whether it does. */
  readonly keyed: boolean;
}

/**
 * A request with a new idempotency key, unless the caller chose one. What the caller passed is never changed: the
 * messages on the way to the key are copied. A key that is part of a message which is not set is left alone.
 */
export function withIdempotencyKey<I extends DescMessage>(
  desc: I,
  input: MessageInitShape<I>,
  newKey: () => string,
): KeyedRequest<I> {
  const message = create(desc, input);
  const path = markedFields(desc, 'idempotencyKey').find(isReachable);
  const key = path?.at(-1);
  if (path === undefined || key === undefined) {
    return { message, keyed: false };
  }
  const copy = shallowCopy(message);
  let owner: ReflectMessage = reflect(desc, copy);
  for (const field of path.slice(0, -1)) {
    if (field.fieldKind !== 'message' || !owner.isSet(field)) {
      return { message, keyed: false };
    }
    const inner = reflect(field.message, shallowCopy(owner.get(field).message));
    owner.set(field, inner);
    owner = inner;
  }
  if (owner.get(key) === '') {
    owner.set(key, newKey());
  }
  return { message: copy, keyed: true };
}

/** Whether a path leads through single messages to a string. */
function isReachable(path: FieldPath): boolean {
  return path.every((field, i) => (i === path.length - 1 ? isString(field) : field.fieldKind === 'message'));
}

function isString(field: DescField): boolean {
  return field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING;
}

function shallowCopy<T extends Message>(message: T): T {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message);
}
