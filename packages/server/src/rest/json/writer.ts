import {
  type DescField,
  type DescMessage,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from '@bufbuild/protobuf';
import { defaultTest, hasDefault } from './defaults.ts';
import { type Fields, fieldsOf, isNullValue, isPlainStruct, isUnwrapped } from './message-fields.ts';
import { shortNames } from './names.ts';
import { hasOwnJson } from './own-json.ts';
import { textForms } from './well-known.ts';
import { quote, scalarWriter, type WriteJson } from './write-scalar.ts';

/** Writes messages as JSON. */
export interface JsonWriter {
  /** The writer of a message type, made when first asked for. */
  message(desc: DescMessage): (message: Message) => string;
  /** The writer of one field's value. */
  value(field: DescField): WriteJson;
}

/** How JSON is written. */
export interface JsonWriterOptions {
  /** Whether fields without presence are written when they hold their default. */
  readonly emitDefaults: boolean;
  /** What `google.protobuf.Any` may hold. */
  readonly registry: Registry | undefined;
}

/** One field of a message, as `"name":value`; empty when it is left out. */
type WriteField = (fields: Fields) => string;

/**
 * A writer of the JSON of Protobuf whose enum values are without their prefix. What a type needs is worked out once;
 * the text is put together directly, without an object in between.
 */
export function createJsonWriter(options: JsonWriterOptions): JsonWriter {
  const { emitDefaults, registry } = options;
  const writers = new Map<DescMessage, (message: Message) => string>();

  const message = (desc: DescMessage): ((message: Message) => string) => {
    const known = writers.get(desc);
    if (known !== undefined) {
      return known;
    }
    const special = specialWriter(desc);
    if (special !== undefined) {
      writers.set(desc, special);
      return special;
    }
    const fields: WriteField[] = [];
    const write = (value: Message): string => {
      const source = fieldsOf(value);
      let text = '';
      for (const writeField of fields) {
        const member = writeField(source);
        if (member !== '') {
          text = text === '' ? member : `${text},${member}`;
        }
      }
      return `{${text}}`;
    };
    // Types contain themselves: known before its fields are.
    writers.set(desc, write);
    for (const field of desc.fields) {
      fields.push(fieldWriter(field));
    }
    return write;
  };

  const specialWriter = (desc: DescMessage): ((message: Message) => string) | undefined => {
    const form = textForms.get(desc.typeName);
    if (form !== undefined) {
      return (value) => `"${form.format(value)}"`;
    }
    if (!hasOwnJson(desc)) {
      return undefined;
    }
    const jsonOptions = { alwaysEmitImplicit: emitDefaults, ...(registry && { registry }) };
    return (value) => JSON.stringify(toJson(desc, value, jsonOptions) as JsonValue);
  };

  const fieldWriter = (field: DescField): WriteField => {
    const write = value(field);
    const name = `${JSON.stringify(field.jsonName)}:`;
    const { localName, oneof } = field;
    if (oneof !== undefined) {
      const group = oneof.localName;
      return (fields) => {
        const chosen = fields[group] as { case?: string; value?: unknown };
        return chosen.case === localName ? name + write(chosen.value) : '';
      };
    }
    const isDefault = emitDefaults ? undefined : defaultTest(field);
    if (isDefault === undefined && hasDefault(field)) {
      return (fields) => name + write(fields[localName]);
    }
    if (isDefault !== undefined) {
      return (fields) => (isDefault(fields[localName]) ? '' : name + write(fields[localName]));
    }
    // The defaults of fields with presence are on the prototype.
    return (fields) =>
      fields[localName] !== undefined && Object.hasOwn(fields, localName)
        ? name + write(fields[localName])
        : '';
  };

  const value = (field: DescField): WriteJson => {
    if (field.fieldKind === 'list') {
      const write = singular(field);
      return (items) => {
        let text = '';
        for (const item of items as unknown[]) {
          text = text === '' ? write(item) : `${text},${write(item)}`;
        }
        return `[${text}]`;
      };
    }
    if (field.fieldKind === 'map') {
      const write = singular(field);
      return (entries) => {
        let text = '';
        for (const key of Object.keys(entries as Fields)) {
          const member = `${quote(key)}:${write((entries as Fields)[key])}`;
          text = text === '' ? member : `${text},${member}`;
        }
        return `{${text}}`;
      };
    }
    return singular(field);
  };

  /** The writer of a single value, be it the field itself, or an item of its list or map. */
  const singular = (field: DescField): WriteJson => {
    if (field.enum !== undefined) {
      if (isNullValue(field.enum)) {
        return () => 'null';
      }
      const names = new Map(
        [...shortNames(field.enum)].map(([number, name]) => [number, JSON.stringify(name)]),
      );
      return (number) => names.get(number as number) ?? String(number);
    }
    if (field.message !== undefined) {
      if (isPlainStruct(field)) {
        return (struct) => JSON.stringify(struct);
      }
      const [inner] = field.message.fields;
      return isUnwrapped(field) && inner?.scalar !== undefined
        ? scalarWriter(inner.scalar)
        : (message(field.message) as WriteJson);
    }
    return scalarWriter(field.scalar);
  };

  return { message, value };
}
