import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FieldOptions_JSType as JsType,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

/** Names that protobuf-es refuses. Whoever does not quote them runs them, or breaks over them. */
const hostileNames = [
  'a"]; throw new Error("name 1"); //',
  "b']; throw new Error('name 2'); //",
  'c`; throw new Error("name 3"); //',
  'd\\"\n\u2028\r*/ throw new Error("name 4"); /*',
  'e\ud800',
] as const;

const scalars = [
  ['text', Type.STRING],
  ['small', Type.INT32],
  ['natural', Type.UINT32],
  ['big', Type.INT64],
  ['bigNatural', Type.UINT64],
  ['flag', Type.BOOL],
  ['zigzag', Type.SINT32],
  ['ratio', Type.DOUBLE],
] as const;

const file = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'kinds.proto',
    package: 'kinds.v1',
    syntax: 'proto3',
    enumType: [
      {
        name: 'Level',
        value: [
          { name: 'LEVEL_UNSPECIFIED', number: 0 },
          { name: 'LEVEL_HIGH', number: 300 },
          { name: 'LEVEL_LOW', number: -1 },
        ],
      },
    ],
    messageType: [
      {
        name: 'Kinds',
        oneofDecl: [{ name: '_maybe' }],
        field: [
          ...scalars.map(([name, type], index) => ({ name, number: index + 1, type, label: Label.OPTIONAL })),
          { name: 'level', number: 9, type: Type.ENUM, typeName: '.kinds.v1.Level', label: Label.OPTIONAL },
          {
            name: 'inner',
            number: 11,
            type: Type.MESSAGE,
            typeName: '.kinds.v1.Kinds',
            label: Label.OPTIONAL,
          },
          {
            name: 'maybe',
            number: 12,
            type: Type.STRING,
            label: Label.OPTIONAL,
            proto3Optional: true,
            oneofIndex: 0,
          },
          // A tag of two bytes, and one of five.
          { name: 'late', number: 16, type: Type.STRING, label: Label.OPTIONAL },
          { name: 'latest', number: 2 ** 29 - 1, type: Type.STRING, label: Label.OPTIONAL },
        ],
      },
      {
        name: 'Raw',
        field: [
          { name: 'raw', number: 1, type: Type.BYTES, label: Label.OPTIONAL },
          {
            name: 'inner',
            number: 2,
            type: Type.MESSAGE,
            typeName: '.kinds.v1.Raw',
            label: Label.OPTIONAL,
          },
          { name: 'latest', number: 2 ** 29 - 1, type: Type.FIXED32, label: Label.OPTIONAL },
        ],
      },
      {
        name: 'LongTexts',
        field: [
          {
            name: 'as_string',
            number: 10,
            type: Type.INT64,
            label: Label.OPTIONAL,
            options: { jstype: JsType.JS_STRING },
          },
        ],
      },
      {
        name: 'Hostile',
        field: hostileNames.map((_, index) => ({
          name: `hostile_${index}`,
          number: index + 1,
          type: Type.STRING,
          label: Label.OPTIONAL,
        })),
      },
      {
        name: 'HostileKinds',
        oneofDecl: [{ name: 'hostile' }],
        field: [
          { name: 'hostile_0', number: 1, type: Type.STRING, label: Label.OPTIONAL, oneofIndex: 0 },
          { name: 'hostile_1', number: 2, type: Type.INT32, label: Label.REPEATED },
          {
            name: 'hostile_2',
            number: 3,
            type: Type.MESSAGE,
            typeName: '.kinds.v1.Hostile',
            label: Label.REPEATED,
          },
        ],
      },
      {
        name: 'Inherited',
        // Names of `Object.prototype`.
        field: ['has_own_property', '__proto__', 'to_string'].map((name, index) => ({
          name,
          jsonName: name,
          number: index + 1,
          type: Type.STRING,
          label: Label.OPTIONAL,
        })),
      },
    ],
  }),
  () => undefined,
);

/** What only the older syntax has. */
const olderFile = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'older.proto',
    package: 'kinds.v1',
    syntax: 'proto2',
    messageType: [
      {
        name: 'Required',
        field: [
          { name: 'needed', number: 1, type: Type.STRING, label: Label.REQUIRED },
          { name: 'other', number: 2, type: Type.STRING, label: Label.OPTIONAL },
        ],
      },
      {
        name: 'Grouped',
        nestedType: [
          { name: 'Part', field: [{ name: 'a', number: 1, type: Type.INT32, label: Label.OPTIONAL }] },
        ],
        field: [
          {
            name: 'part',
            number: 1,
            type: Type.GROUP,
            typeName: '.kinds.v1.Grouped.Part',
            label: Label.OPTIONAL,
          },
        ],
      },
    ],
  }),
  () => undefined,
);

const kind = (name: string): DescMessage => {
  const found = [file, olderFile].map((one) => one.getMessage(`kinds.v1.${name}`)).find(Boolean);
  if (found === undefined) {
    throw new Error(`kinds.v1.${name} is missing`);
  }
  return found;
};

/** A type with the names that it must not have. */
const hostile = (name: string): DescMessage => {
  const desc = kind(name);
  for (const [index, field] of desc.fields.entries()) {
    Object.assign(field, { localName: hostileNames[index] });
  }
  for (const oneof of desc.oneofs) {
    Object.assign(oneof, { localName: hostileNames[3] });
  }
  return Object.assign(desc, { typeName: `${desc.typeName}${hostileNames[1]}` });
};

/** All that is read without fromBinary, and next to it what is not. */
export const Kinds = kind('Kinds');
/** Fields of which it is known beforehand how long they get. */
export const Raw = kind('Raw');
/** A number that is kept as a text. */
export const LongTexts = kind('LongTexts');
/** Texts with hostile names. */
export const Hostile = hostile('Hostile');
/** Other kinds of fields with hostile names. */
export const HostileKinds = hostile('HostileKinds');
/** Fields that are called like what every object has. */
export const Inherited = kind('Inherited');
/** A field that has to be set. */
export const Required = kind('Required');
/** A message without a length, between two tags. */
export const Grouped = kind('Grouped');
