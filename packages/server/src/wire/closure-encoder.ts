import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import type { WireOutput } from './output.ts';
import {
  isDefault,
  LENGTH_DELIMITED,
  mapKeyOf,
  NotPlain,
  scalarWriter,
  tagOf,
  wireType,
} from './scalar-writers.ts';

/** Writes the fields of a message from `at` on, and gives back where they end. @throws NotPlain for a value of another type */
export type WriteFields = (out: WireOutput, at: number, message: Record<string, unknown>) => number;

type WriteValue = (out: WireOutput, at: number, value: unknown) => number;

/** A writer of the fields of one type, put together from one function for each field. */
export function closureEncoder(desc: DescMessage): WriteFields {
  return messageWriter(desc, new Map());
}

function messageWriter(desc: DescMessage, known: Map<DescMessage, WriteFields>): WriteFields {
  const before = known.get(desc);
  if (before !== undefined) {
    return before;
  }
  const writers: WriteFields[] = [];
  const write: WriteFields = (out, at, message) => {
    let end = at;
    for (let index = 0; index < writers.length; index++) {
      end = (writers[index] as WriteFields)(out, end, message);
    }
    const unknown = message.$unknown as Message['$unknown'];
    return unknown === undefined ? end : out.unknown(end, unknown);
  };
  // A message may contain itself.
  known.set(desc, write);
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) {
    writers.push(fieldWriter(field, known));
  }
  return write;
}

function fieldWriter(field: DescField, known: Map<DescMessage, WriteFields>): WriteFields {
  const { localName: name, oneof } = field;
  if (field.fieldKind === 'list') {
    return listWriter(field, known);
  }
  if (field.fieldKind === 'map') {
    return mapWriter(field, known);
  }
  const write = valueWriter(field.number, field.message ?? field.scalar ?? ScalarType.INT32, known);
  if (oneof !== undefined) {
    return (out, at, message) => {
      const group = message[oneof.localName] as { case: string | undefined; value?: unknown };
      return group.case === name ? write(out, at, group.value) : at;
    };
  }
  if (field.message !== undefined) {
    return (out, at, message) => {
      const value = message[name];
      return value === undefined ? at : write(out, at, value);
    };
  }
  if (field.presence !== Presence.IMPLICIT) {
    return (out, at, message) => {
      const value = message[name];
      // Defaults are on the prototype.
      return value !== undefined && Object.hasOwn(message, name) ? write(out, at, value) : at;
    };
  }
  const zero = field.fieldKind === 'enum' ? field.enum.values[0]?.number : undefined;
  const skip =
    field.fieldKind === 'enum'
      ? (value: unknown) => value === zero
      : isDefault(field.scalar ?? ScalarType.INT32);
  return (out, at, message) => {
    const value = message[name];
    return skip(value) ? at : write(out, at, value);
  };
}

type Field<K> = Extract<DescField, { fieldKind: K }>;

function listWriter(field: Field<'list'>, known: Map<DescMessage, WriteFields>): WriteFields {
  const { localName: name, number } = field;
  if (field.listKind !== 'message' && field.packed) {
    const tag = tagOf(number, LENGTH_DELIMITED);
    const write = scalarWriter(field.scalar ?? ScalarType.INT32);
    return (out, at, message) => {
      const items = message[name] as unknown[];
      if (items.length === 0) {
        return at;
      }
      const start = out.open(out.uint32(at, tag));
      let end = start;
      for (let index = 0; index < items.length; index++) {
        end = write(out, end, items[index]);
      }
      return out.close(start, end);
    };
  }
  const write = valueWriter(number, field.message ?? field.scalar ?? ScalarType.INT32, known);
  return (out, at, message) => {
    const items = message[name] as unknown[];
    let end = at;
    for (let index = 0; index < items.length; index++) {
      end = write(out, end, items[index]);
    }
    return end;
  };
}

function mapWriter(field: Field<'map'>, known: Map<DescMessage, WriteFields>): WriteFields {
  const { localName: name, number, mapKey } = field;
  const tag = tagOf(number, LENGTH_DELIMITED);
  const writeKey = valueWriter(1, mapKey, known);
  const keyOf = mapKeyOf(mapKey);
  const writeValue = valueWriter(2, field.message ?? field.scalar ?? ScalarType.INT32, known);
  return (out, at, message) => {
    const entries = message[name] as Record<string, unknown>;
    let end = at;
    for (const key of Object.keys(entries)) {
      const start = out.open(out.uint32(end, tag));
      end = out.close(start, writeValue(out, writeKey(out, start, keyOf(key)), entries[key]));
    }
    return end;
  };
}

function valueWriter(
  number: number,
  type: DescMessage | ScalarType,
  known: Map<DescMessage, WriteFields>,
): WriteValue {
  if (typeof type === 'number') {
    const tag = tagOf(number, wireType(type));
    const write = scalarWriter(type);
    return (out, at, value) => write(out, out.uint32(at, tag), value);
  }
  const tag = tagOf(number, LENGTH_DELIMITED);
  const write = messageWriter(type, known);
  const { typeName } = type;
  return (out, at, value) => {
    const message = value as Record<string, unknown>;
    if (message?.$typeName !== typeName) {
      throw new NotPlain(`expected ${typeName}`);
    }
    const start = out.open(out.uint32(at, tag));
    return out.close(start, write(out, start, message));
  };
}
