import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { type Fields, fieldsOf, isPlainStruct, isUnwrapped, setField } from './message-fields.ts';
import { isConfidential } from './names.ts';
import { hasOwnJson } from './own-json.ts';
import { ValueError } from './problem.ts';
import { listReader, mapReader, takesNull } from './read-collection.ts';
import type { ReadContext, ReadJson } from './read-context.ts';
import { enumReader, unknownEnum } from './read-enum.ts';
import { scalarReader } from './read-scalar.ts';
import { textForms } from './well-known.ts';

/** Reads messages of JSON. */
export interface JsonReader {
  /** The reader of a message type, made when first asked for. */
  message(desc: DescMessage): (json: unknown, context: ReadContext) => Message;
  /** The reader of one field's value, as the message stores it. */
  value(field: DescField): ReadJson;
}

/** How JSON is read. */
export interface JsonReaderOptions {
  /** Whether names of fields and enum values that the contract does not know are errors. */
  readonly refuseUnknown: boolean;
  /** What `google.protobuf.Any` may hold. */
  readonly registry: Registry | undefined;
  /** Messages within messages. */
  readonly maxDepth: number;
}

interface Entry {
  readonly field: DescField;
  readonly read: ReadJson;
  readonly confidential: boolean;
  /** Whether null is a value of the field, not its absence. */
  readonly takesNull: boolean;
}

/**
 * A reader of the JSON of Protobuf that takes enum values with and without their prefix, and that knows the place of
 * what is wrong.
 */
export function createJsonReader(options: JsonReaderOptions): JsonReader {
  const { refuseUnknown, registry, maxDepth } = options;
  type ReadMessage = (json: unknown, context: ReadContext) => Message;
  const readers = new Map<DescMessage, ReadMessage>();

  const message = (desc: DescMessage): ReadMessage => {
    const known = readers.get(desc);
    if (known !== undefined) {
      return known;
    }
    const special = specialReader(desc);
    if (special !== undefined) {
      readers.set(desc, special);
      return special;
    }
    const entries = new Map<string, Entry>();
    const read: ReadMessage = (json, context) => {
      context.found = json;
      if (typeof json !== 'object' || json === null || Array.isArray(json)) {
        throw new ValueError('an object');
      }
      const made = create(desc);
      readFields(entries, json as Fields, fieldsOf(made), context);
      return made;
    };
    readers.set(desc, read);
    for (const field of desc.fields) {
      const entry: Entry = {
        field,
        read: value(field),
        confidential: isConfidential(field),
        takesNull: takesNull(field),
      };
      entries.set(field.name, entry).set(field.jsonName, entry);
    }
    return read;
  };

  const readFields = (
    entries: ReadonlyMap<string, Entry>,
    json: Fields,
    target: Fields,
    context: ReadContext,
  ): void => {
    for (const name of Object.keys(json)) {
      const entry = entries.get(name);
      if (entry === undefined) {
        if (refuseUnknown) {
          context.path.push(name);
          context.found = json[name];
          throw new ValueError('no such field, the contract does not know it', 'UNKNOWN_FIELD');
        }
        continue;
      }
      const { field } = entry;
      const found = json[name];
      context.path.push(field.name);
      context.found = found;
      if (context.path.length > maxDepth) {
        throw new ValueError(`at most ${maxDepth} values within each other`, 'TOO_DEEP');
      }
      if (name !== field.jsonName && Object.hasOwn(json, field.jsonName)) {
        throw new ValueError(`either ${field.name} or ${field.jsonName}, not both`, 'DUPLICATE_FIELD');
      }
      if (found === null && !entry.takesNull) {
        context.path.pop();
        continue;
      }
      if (field.oneof !== undefined && isTaken(target, field.oneof)) {
        throw new ValueError(`one field of ${field.oneof.name} at most`, 'SEVERAL_OF_ONEOF');
      }
      const outer = context.confidential;
      context.confidential ||= entry.confidential;
      const read = entry.read(found, context);
      if (read !== unknownEnum) {
        setField(target, field, read);
      }
      context.confidential = outer;
      context.path.pop();
    }
  };

  const specialReader = (desc: DescMessage): ReadMessage | undefined => {
    const form = textForms.get(desc.typeName);
    if (form !== undefined) {
      return (json, context) => {
        context.found = json;
        if (typeof json !== 'string') {
          throw new ValueError(form.expected);
        }
        return form.parse(json);
      };
    }
    const [inner] = desc.fields;
    if (isWrapperDesc(desc) && inner?.scalar !== undefined) {
      const readInner = scalarReader(inner.scalar);
      return (json, context) => {
        context.found = json;
        const made = create(desc);
        setField(fieldsOf(made), inner, readInner(json));
        return made;
      };
    }
    return hasOwnJson(desc) ? (json, context) => foreign(desc, json, context) : undefined;
  };

  const foreign = (desc: DescMessage, json: unknown, context: ReadContext): Message => {
    context.found = json;
    try {
      return fromJson(desc, json as JsonValue, {
        ignoreUnknownFields: !refuseUnknown,
        recursionLimit: maxDepth,
        ...(registry && { registry }),
      });
    } catch {
      // Its words may repeat what must not be shown.
      throw new ValueError(`the JSON form of ${desc.typeName}`);
    }
  };

  const value = (field: DescField): ReadJson => {
    if (field.fieldKind === 'list') {
      return listReader(field, singular(field));
    }
    return field.fieldKind === 'map' ? mapReader(field, singular(field)) : singular(field);
  };

  /** The reader of a single value, be it the field itself, or an item of its list or map. */
  const singular = (field: DescField): ReadJson => {
    if (field.enum !== undefined) {
      return enumReader(field.enum, refuseUnknown);
    }
    if (field.message === undefined) {
      return scalarReader(field.scalar, field.fieldKind === 'scalar' && field.longAsString);
    }
    const [inner] = field.message.fields;
    if (isUnwrapped(field) && inner?.fieldKind === 'scalar') {
      return scalarReader(inner.scalar, inner.longAsString);
    }
    const read = message(field.message);
    if (isPlainStruct(field)) {
      return (json, context) => {
        // Read for its checks: what is stored is the JSON itself.
        read(json, context);
        return json;
      };
    }
    return read;
  };

  return { message, value };
}

function isTaken(target: Fields, oneof: DescOneof): boolean {
  return (target[oneof.localName] as { case?: string }).case !== undefined;
}
