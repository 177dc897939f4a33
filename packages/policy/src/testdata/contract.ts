import {
  create,
  createFileRegistry,
  type DescEnum,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  setExtension,
} from '@bufbuild/protobuf';
import {
  EnumValueOptionsSchema,
  type FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  MessageOptionsSchema,
  MethodOptionsSchema,
  ServiceOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import * as policy from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';

/** Policy options as a contract writes them. */
export type PolicyInit = MessageInitShape<typeof policy.PolicySchema>;

/** A string, or a message of the same contract, once, in a list or as the values of a map. */
export interface FieldSpec {
  readonly message?: string;
  readonly as?: 'list' | 'map';
  readonly policy?: MessageInitShape<typeof policy.FieldPolicySchema>;
}

type FileInit = MessageInitShape<typeof FileDescriptorProtoSchema>;
type FieldInit = MessageInitShape<typeof FieldDescriptorProtoSchema>;

/** The method `parcel.v1.ParcelService/Send`, with the options of its service and its own. */
export function methodWith(defaults: PolicyInit | undefined, own: PolicyInit | undefined): DescMethod {
  const serviceOptions = create(ServiceOptionsSchema);
  if (defaults !== undefined) {
    setExtension(serviceOptions, policy.service, create(policy.PolicySchema, defaults));
  }
  const methodOptions = create(MethodOptionsSchema);
  if (own !== undefined) {
    setExtension(methodOptions, policy.method, create(policy.PolicySchema, own));
  }
  const type = '.parcel.v1.Parcel';
  const file = fileOf({
    messageType: [{ name: 'Parcel' }],
    service: [
      {
        name: 'ParcelService',
        options: serviceOptions,
        method: [{ name: 'Send', inputType: type, outputType: type, options: methodOptions }],
      },
    ],
  });
  return known(file.services[0]?.methods[0]);
}

/** The messages `parcel.v1.…` with the given fields, by name. */
export function messagesWith(
  messages: Readonly<Record<string, Readonly<Record<string, FieldSpec>>>>,
): (name: string) => DescMessage {
  const file = fileOf({
    messageType: Object.entries(messages).map(([name, fields]) => ({
      name,
      field: Object.entries(fields).map(([field, spec], index) => fieldOf(name, field, index + 1, spec)),
      nestedType: Object.entries(fields)
        .filter(([, spec]) => spec.as === 'map')
        .map(([field, spec]) => ({
          name: entryName(field),
          field: [fieldOf(name, 'key', 1, {}), fieldOf(name, 'value', 2, { message: spec.message ?? '' })],
          options: create(MessageOptionsSchema, { mapEntry: true }),
        })),
    })),
  });
  return (name) => known(file.messages.find((message) => message.name === name));
}

/** The enum `parcel.v1.ErrorCode` with the given values, numbered from 0. */
export function errorCodesWith(
  values: Readonly<Record<string, MessageInitShape<typeof policy.ErrorPolicySchema> | undefined>>,
): DescEnum {
  const file = fileOf({
    enumType: [
      {
        name: 'ErrorCode',
        value: Object.entries(values).map(([name, error], number) => {
          const options = create(EnumValueOptionsSchema);
          if (error !== undefined) {
            setExtension(options, policy.error, create(policy.ErrorPolicySchema, error));
          }
          return { name, number, options };
        }),
      },
    ],
  });
  return known(file.enums[0]);
}

function fileOf(content: FileInit): DescFile {
  const name = 'parcel/v1/parcel.proto';
  const proto = create(FileDescriptorProtoSchema, {
    ...content,
    name,
    package: 'parcel.v1',
    syntax: 'proto3',
  });
  return known(createFileRegistry(proto, () => undefined).getFile(name));
}

function fieldOf(
  parent: string,
  name: string,
  number: number,
  { message, as, policy: marks }: FieldSpec,
): FieldInit {
  const options = create(FieldOptionsSchema);
  if (marks !== undefined) {
    setExtension(options, policy.field, create(policy.FieldPolicySchema, marks));
  }
  const typeName = as === 'map' ? `${parent}.${entryName(name)}` : message;
  return {
    name,
    number,
    options,
    label: as === undefined ? Label.OPTIONAL : Label.REPEATED,
    ...(typeName === undefined
      ? { type: Type.STRING }
      : { type: Type.MESSAGE, typeName: `.parcel.v1.${typeName}` }),
  };
}

function entryName(field: string): string {
  return `${field.charAt(0).toUpperCase()}${field.slice(1)}Entry`;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('The contract does not have what it was built with');
  }
  return value;
}
