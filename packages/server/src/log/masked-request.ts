import {
  clone,
  create,
  type DescField,
  type DescMessage,
  isMessage,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { type Any, AnySchema, anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { fieldPolicyOf } from '@traffic-tacos/policy';
import { fieldsOf, valueIn } from '../pipeline/fields.ts';

const MASK = '[secret]';

/**
 * A request as JSON for the log, without what its contract marks as secret or credential. What the contract does not
 * know of is left out: nothing says that it is no secret.
 *
 * @param registry - the types that a `google.protobuf.Any` may hold; others are shown empty
 */
export function maskedRequest(desc: DescMessage, request: Message, registry?: Registry): JsonValue {
  try {
    const copy = clone(desc, request);
    mask(desc, copy, registry);
    return toJson(desc, copy, registry === undefined ? {} : { registry });
  } catch {
    // Some values have no JSON form, such as a Timestamp out of its range.
    return { '@type': desc.typeName, unreadable: true };
  }
}

function mask(desc: DescMessage, message: Message, registry: Registry | undefined): void {
  // Extensions, and fields of later versions.
  delete message.$unknown;
  if (desc.typeName === AnySchema.typeName) {
    maskAny(message as Any, registry);
    return;
  }
  for (const field of desc.fields) {
    const value = valueIn(message, field);
    if (value === undefined) {
      continue;
    }
    const policy = fieldPolicyOf(field);
    if (policy?.secret === true || policy?.credential === true) {
      hide(desc, message, field, value);
    } else if (field.message !== undefined) {
      for (const inner of messagesIn(field, value)) {
        // Structs and wrappers are plain values.
        if (isMessage(inner, field.message)) {
          mask(field.message, inner, registry);
        }
      }
    }
  }
}

/** What is packed is masked like everything else, where its type is known. */
function maskAny(any: Any, registry: Registry | undefined): void {
  const desc = registry?.getMessage(any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1));
  const packed = desc === undefined ? undefined : anyUnpack(any, desc);
  if (desc === undefined || packed === undefined) {
    Object.assign(any, create(AnySchema));
    return;
  }
  mask(desc, packed, registry);
  anyPack(desc, packed, any);
}

/** A string says that it is hidden; everything else is left out. */
function hide(desc: DescMessage, message: Message, field: DescField, value: unknown): void {
  if (typeof value === 'string' && field.oneof === undefined) {
    fieldsOf(message)[field.localName] = value === '' ? '' : MASK;
  } else {
    reflect(desc, message).clear(field);
  }
}

function messagesIn(field: DescField, value: unknown): unknown[] {
  switch (field.fieldKind) {
    case 'list':
      return value as unknown[];
    case 'map':
      return Object.values(value as object);
    default:
      return [value];
  }
}
