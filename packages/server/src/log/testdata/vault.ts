import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromJson,
  type JsonObject,
  setExtension,
} from '@bufbuild/protobuf';
import {
  AnySchema,
  type FieldDescriptorProto,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  StringValueSchema,
  StructSchema,
  TimestampSchema,
} from '@bufbuild/protobuf/wkt';
import {
  FieldPolicySchema,
  field as fieldPolicy,
} from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';

const STRING = { type: 'TYPE_STRING' };
const LOCK = { type: 'TYPE_MESSAGE', typeName: '.vault.v1.Lock' };
const REPEATED = { label: 'LABEL_REPEATED' };

const message = (typeName: string): JsonObject => ({ type: 'TYPE_MESSAGE', typeName: `.${typeName}` });

/** Numbers the fields of a message. */
const fields = (specs: Record<string, JsonObject>): JsonObject[] =>
  Object.entries(specs).map(([name, spec], index) => ({
    name,
    jsonName: name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    number: index + 1,
    ...spec,
  }));

const mapEntry = (name: string, value: JsonObject): JsonObject => ({
  name,
  field: fields({ key: STRING, value }),
  options: { mapEntry: true },
});

const file = fromJson(FileDescriptorProtoSchema, {
  name: 'vault/v1/vault.proto',
  package: 'vault.v1',
  syntax: 'proto3',
  dependency: [AnySchema, StructSchema, StringValueSchema, TimestampSchema].map(
    (desc) => desc.file.proto.name,
  ),
  messageType: [
    { name: 'Lock', field: fields({ combination: STRING, colour: STRING }) },
    {
      name: 'Vault',
      field: fields({
        code: STRING,
        key: { type: 'TYPE_BYTES' },
        number: { type: 'TYPE_INT32' },
        codes: { ...STRING, ...REPEATED },
        pins: { ...message('vault.v1.Vault.PinsEntry'), ...REPEATED },
        hint: message('google.protobuf.StringValue'),
        lock: LOCK,
        locks: { ...LOCK, ...REPEATED },
        by_name: { ...message('vault.v1.Vault.ByNameEntry'), ...REPEATED },
        pin: { ...STRING, oneofIndex: 0 },
        way: { ...LOCK, oneofIndex: 0 },
        extra: message('google.protobuf.Any'),
        extras: { ...message('google.protobuf.Any'), ...REPEATED },
        notes: message('google.protobuf.Struct'),
        at: message('google.protobuf.Timestamp'),
        inner: message('vault.v1.Vault'),
        label: STRING,
      }),
      nestedType: [mapEntry('PinsEntry', STRING), mapEntry('ByNameEntry', LOCK)],
      oneofDecl: [{ name: 'opening' }],
    },
  ],
});

const SECRETS = ['combination', 'code', 'key', 'number', 'codes', 'pins', 'hint', 'pin'];

function markSecret(field: FieldDescriptorProto): void {
  if (SECRETS.includes(field.name)) {
    field.options = create(FieldOptionsSchema);
    setExtension(field.options, fieldPolicy, create(FieldPolicySchema, { secret: true }));
  }
}

for (const { field } of file.messageType) {
  field.forEach(markSecret);
}

/** A contract that keeps secrets in every kind of field: `vault.v1.Vault` and `vault.v1.Lock`. */
export const vault: FileRegistry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      ...[AnySchema, StructSchema, StringValueSchema, TimestampSchema].map((desc) => desc.file.proto),
      file,
    ],
  }),
);

/** @param name - `Vault` or `Lock` */
export function vaultMessage(name: string): DescMessage {
  const desc = vault.getMessage(`vault.v1.${name}`);
  if (desc === undefined) {
    throw new TypeError(`vault.v1 has no ${name}`);
  }
  return desc;
}
