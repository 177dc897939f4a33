import { create, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { tagOf, wireType } from './scalar-writers.ts';

/** A field that is read here. */
export interface PlainField {
  readonly name: string;
  /** How it begins, in one byte. */
  readonly tag: number;
  readonly kind: 'text' | 'number' | 'flag' | 'big';
}

/** The messages of a type that are read here. */
export interface PlainMessage {
  /** One without any field set: its properties, in order. */
  readonly empty: Readonly<Record<string, unknown>>;
  readonly fields: readonly PlainField[];
}

/** What is read here of a type. Undefined where its messages hold more than texts, numbers and flags when they are empty. */
export function plainMessage(desc: DescMessage): PlainMessage | undefined {
  const empty = create(desc) as unknown as Record<string, unknown>;
  if (
    Object.getPrototypeOf(empty) !== Object.prototype ||
    Object.values(empty).some((value) => typeof value === 'object')
  ) {
    return undefined;
  }
  const fields = desc.fields.flatMap((field) => {
    const { localName: name, number } = field;
    const kind = Object.hasOwn(empty, name) ? plainKind(field) : undefined;
    const tag = tagOf(number, wireType(field.scalar ?? ScalarType.INT32));
    return kind === undefined || tag > 127 ? [] : [{ name, tag, kind }];
  });
  return { empty, fields };
}

function plainKind(field: DescField): PlainField['kind'] | undefined {
  if (field.presence !== Presence.IMPLICIT) {
    return undefined;
  }
  if (field.fieldKind === 'enum') {
    // Unknown numbers of the others are no values.
    return field.enum.open ? 'number' : undefined;
  }
  if (field.fieldKind !== 'scalar') {
    return undefined;
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return 'text';
    case ScalarType.INT32:
    case ScalarType.UINT32:
      return 'number';
    case ScalarType.BOOL:
      return 'flag';
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return field.longAsString ? undefined : 'big';
    default:
      return undefined;
  }
}
