import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { isNullValue } from '../json/message-fields.ts';
import { shortNames } from '../json/names.ts';
import type { Comments } from './comments.ts';
import type { Constraints } from './constraints.ts';
import type { Schema } from './types.ts';

/** Makes schemas, and collects those that have a name. */
export interface Schemas {
  /** The named schemas that were referred to. */
  readonly named: Record<string, Schema>;
  /** A message by reference, or in full where it is a well-known type. */
  message(desc: DescMessage): Schema;
  /** A message in full, without some of its fields. */
  inline(desc: DescMessage, without: (field: DescField) => boolean): Schema;
  /** A field with what is said about it. */
  field(field: DescField): Schema;
}

/** What schemas are made from. */
export interface SchemaSources {
  readonly comments: Comments;
  readonly constraints: (field: DescField) => Constraints;
  /** Fields that are not part of the JSON of their message. */
  readonly omit: (field: DescField) => boolean;
}

/** Makes the schemas of a contract's messages, as REST sends them. */
export function createSchemas({ comments, constraints, omit }: SchemaSources): Schemas {
  const named: Record<string, Schema> = {};

  const refer = (name: string, make: () => Schema): Schema => {
    if (!Object.hasOwn(named, name)) {
      // Types contain themselves: the name is taken before what it stands for is known.
      named[name] = {};
      named[name] = make();
    }
    return { $ref: `#/components/schemas/${name}` };
  };

  const message = (desc: DescMessage): Schema =>
    wellKnown(desc) ?? refer(desc.typeName, () => inline(desc, omit));

  const inline: Schemas['inline'] = (desc, without) => {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    for (const field of desc.fields) {
      if (!without(field)) {
        properties[field.jsonName] = fieldSchema(field);
        if (constraints(field).required) {
          required.push(field.jsonName);
        }
      }
    }
    return {
      type: 'object',
      ...describe(comments.of(desc)),
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...choices(desc, without),
      ...(desc.proto.options?.deprecated === true && { deprecated: true }),
    };
  };

  const fieldSchema = (field: DescField): Schema => ({
    ...constraints(field).apply(valueSchema(field)),
    ...describe(comments.of(field)),
    ...(field.proto.options?.deprecated === true && { deprecated: true }),
  });

  const valueSchema = (field: DescField): Schema => {
    if (field.fieldKind === 'list') {
      return { type: 'array', items: single(field) };
    }
    if (field.fieldKind === 'map') {
      const names = keyNames(field.mapKey);
      return { type: 'object', additionalProperties: single(field), ...(names && { propertyNames: names }) };
    }
    return single(field);
  };

  const single = (field: DescField): Schema => {
    if (field.enum !== undefined) {
      return isNullValue(field.enum) ? { type: 'null' } : enumeration(field.enum);
    }
    return field.message === undefined ? scalarSchema(field.scalar) : message(field.message);
  };

  const enumeration = (desc: DescEnum): Schema =>
    refer(desc.typeName, () => {
      const names = shortNames(desc);
      const values = desc.values.map((value) => {
        const comment = comments.of(value);
        const name = names.get(value.number) ?? value.name;
        return `- \`${name}\`${comment === '' ? '' : `: ${comment.replace(/\n+/g, ' ')}`}`;
      });
      const description = [comments.of(desc), values.join('\n')].filter((text) => text !== '').join('\n\n');
      return { type: 'string', enum: [...names.values()], description };
    });

  return { named, message, inline, field: fieldSchema };
}

function describe(description: string): Schema {
  return description === '' ? {} : { description };
}

/** At most one field of each oneof. */
function choices(desc: DescMessage, without: (field: DescField) => boolean): Schema {
  const groups = desc.oneofs
    .map((oneof) => oneof.fields.filter((field) => !without(field)))
    .filter((fields) => fields.length > 1)
    .map((fields): Schema => {
      const given = fields.map((field): Schema => ({ required: [field.jsonName] }));
      return { oneOf: [...given, { not: { anyOf: given } }] };
    });
  const [only] = groups;
  return groups.length > 1 ? { allOf: groups } : (only ?? {});
}

function scalarSchema(type: ScalarType): Schema {
  switch (type) {
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.DOUBLE:
      return { type: 'number', format: 'double' };
    case ScalarType.FLOAT:
      return { type: 'number', format: 'float' };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: 'integer', format: 'int32' };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: 'string', format: 'uint64', pattern: '^[0-9]+$' };
    default:
      return { type: 'string', format: 'int64', pattern: '^-?[0-9]+$' };
  }
}

/** Names of a map's entries; `undefined` for any text. */
function keyNames(type: ScalarType): Schema | undefined {
  switch (type) {
    case ScalarType.STRING:
      return undefined;
    case ScalarType.BOOL:
      return { enum: ['true', 'false'] };
    default:
      return { pattern: '^-?[0-9]+$' };
  }
}

/** Messages whose JSON is not an object of their fields. */
function wellKnown(desc: DescMessage): Schema | undefined {
  const [inner] = desc.fields;
  if (isWrapperDesc(desc) && inner?.scalar !== undefined) {
    const schema = scalarSchema(inner.scalar);
    return { ...schema, type: [String(schema.type), 'null'] };
  }
  switch (desc.typeName) {
    case 'google.protobuf.Timestamp':
      return { type: 'string', format: 'date-time' };
    case 'google.protobuf.Duration':
      return { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$' };
    case 'google.protobuf.FieldMask':
      return { type: 'string' };
    case 'google.protobuf.Struct':
      return { type: 'object' };
    case 'google.protobuf.ListValue':
      return { type: 'array', items: {} };
    case 'google.protobuf.Value':
      return {};
    case 'google.protobuf.Empty':
      return { type: 'object' };
    case 'google.protobuf.Any':
      return { type: 'object', properties: { '@type': { type: 'string' } }, required: ['@type'] };
    default:
      return undefined;
  }
}
