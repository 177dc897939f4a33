import { create, type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { AnySchema, anyPack, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';

/** What arbitrary messages are made of. */
export interface MessageOptions {
  /** Fields that are left out. */
  readonly skip?: (field: DescField) => boolean;
  /** What `google.protobuf.Any` holds. */
  readonly inAny?: DescMessage;
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
/** JSON has no -0, though `fc.jsonValue` knows it. */
const anyJson = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const jsonObject = fc.dictionary(fc.string({ maxLength: 4 }), anyJson, { maxKeys: 3 });

/** Messages of a type, with every kind of value in them. */
export function anyMessage(
  desc: DescMessage,
  options: MessageOptions = {},
  depth = 3,
): fc.Arbitrary<Message> {
  const singles: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of desc.members) {
    if (member.kind === 'field') {
      if (options.skip?.(member) !== true && !(depth === 0 && member.message !== undefined)) {
        const value = anyValue(member, options, depth);
        singles[member.localName] = isOptional(member) ? fc.option(value, { nil: undefined }) : value;
      }
    } else {
      const cases = member.fields
        .filter((field) => options.skip?.(field) !== true && !(depth === 0 && field.message !== undefined))
        .map((field) => anyValue(field, options, depth).map((value) => ({ case: field.localName, value })));
      singles[member.localName] = fc.oneof(fc.constant({ case: undefined }), ...cases);
    }
  }
  return fc.record(singles).map((init) => {
    const set = Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined));
    return create(desc, set as never);
  });
}

function isOptional(field: DescField): boolean {
  return field.fieldKind === 'message' || field.presence === 1;
}

function anyValue(field: DescField, options: MessageOptions, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === 'list') {
    return fc.array(single(field, options, depth), { maxLength: 3 });
  }
  if (field.fieldKind === 'map') {
    const key =
      field.mapKey === ScalarType.STRING
        ? fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString'))
        : field.mapKey === ScalarType.BOOL
          ? fc.constantFrom('true', 'false')
          : field.mapKey === ScalarType.INT64
            ? fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String)
            : fc.integer().map(String);
    return fc.array(fc.tuple(key, single(field, options, depth)), { maxLength: 3 }).map((entries) => {
      const map: Record<string, unknown> = {};
      for (const [name, value] of entries) {
        Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
      }
      return map;
    });
  }
  return single(field, options, depth);
}

function single(field: DescField, options: MessageOptions, depth: number): fc.Arbitrary<unknown> {
  if (field.enum !== undefined) {
    return fc.constantFrom(...field.enum.values.map((value) => value.number));
  }
  if (field.message === undefined) {
    return anyScalar(field.scalar, 'longAsString' in field && field.longAsString === true);
  }
  const { message } = field;
  switch (message.typeName) {
    case 'google.protobuf.Timestamp':
      return fc
        .record({
          seconds: fc.bigInt(-62_135_596_800n, 253_402_300_799n),
          nanos: fc.oneof(fc.constant(0), fc.nat(999_999_999), fc.constantFrom(1_000_000, 5_000, 7)),
        })
        .map((init) => create(message, init as never));
    case 'google.protobuf.Duration':
      return fc
        .record({ seconds: fc.nat(), nanos: fc.nat(999_999_999), sign: fc.constantFrom(1, -1) })
        .map(({ seconds, nanos, sign }) =>
          create(message, { seconds: BigInt(seconds * sign || 0), nanos: nanos * sign || 0 } as never),
        );
    case 'google.protobuf.FieldMask':
      return fc
        .array(fc.constantFrom('name', 'box_id', 'inner.next.name', 'a.b_c'), { maxLength: 3 })
        .map((paths) => create(message, { paths } as never));
    case 'google.protobuf.Struct':
      return jsonObject;
    case 'google.protobuf.Value':
      return fc
        .constantFrom(
          { kind: { case: 'nullValue', value: 0 } },
          { kind: { case: 'stringValue', value: 'x' } },
          { kind: { case: 'numberValue', value: 1.5 } },
          { kind: { case: 'structValue', value: { fields: {} } } },
        )
        .map((init) => create(message, init as never));
    case 'google.protobuf.ListValue':
      return fc.array(fc.boolean(), { maxLength: 2 }).map((items) =>
        create(message, {
          values: items.map((value) => ({ kind: { case: 'boolValue', value } })),
        } as never),
      );
    case 'google.protobuf.Any': {
      const { inAny } = options;
      return inAny === undefined
        ? fc.constant(create(AnySchema))
        : anyMessage(inAny, options, 0).map((inner) => anyPack(inAny, inner));
    }
    default: {
      const [inner] = message.fields;
      if (isWrapperDesc(message) && inner?.scalar !== undefined) {
        const value = anyScalar(inner.scalar, false);
        // A wrapper outside lists and oneofs is stored as its value.
        return field.fieldKind === 'message' && field.oneof === undefined
          ? value
          : value.map((wrapped) => create(message, { value: wrapped } as never));
      }
      return anyMessage(message, options, depth - 1);
    }
  }
}

function anyScalar(type: ScalarType, asString: boolean): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return fc.oneof(
        text,
        fc.constantFrom('', ' ', '0', 'a/b', 'a:b', '%2F', 'q=1&r', '"\\\u2028', '한국', '🌮'),
      );
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 9 });
    case ScalarType.DOUBLE:
      return fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 1e300, 5e-324));
    case ScalarType.FLOAT:
      return fc.oneof(fc.float(), fc.constantFrom(0, Number.NaN, Infinity, -Infinity, 1.5));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.nat(), fc.constantFrom(2 ** 32 - 1, 0));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return fc.bigInt(0n, 2n ** 64n - 1n);
    default:
      return fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => (asString ? String(value) : value));
  }
}
