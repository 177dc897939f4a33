import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

const FILE = 'google/rpc/error_details.proto';

/** A message of strings; names and numbers are the official ones of google.rpc. */
function strings(name: string, ...fields: readonly string[]): DescriptorProto {
  return create(DescriptorProtoSchema, {
    name,
    field: fields.map((field, index) => ({
      name: field,
      jsonName: protoCamelCase(field),
      number: index + 1,
      type: FieldDescriptorProto_Type.STRING,
      label: FieldDescriptorProto_Label.OPTIONAL,
    })),
  });
}

const badRequest = create(DescriptorProtoSchema, {
  name: 'BadRequest',
  nestedType: [strings('FieldViolation', 'field', 'description', 'reason')],
  field: [
    {
      name: 'field_violations',
      jsonName: 'fieldViolations',
      number: 1,
      type: FieldDescriptorProto_Type.MESSAGE,
      typeName: '.google.rpc.BadRequest.FieldViolation',
      label: FieldDescriptorProto_Label.REPEATED,
    },
  ],
});

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: FILE,
    package: 'google.rpc',
    syntax: 'proto3',
    messageType: [badRequest, strings('RequestInfo', 'request_id', 'serving_data')],
  }),
  () => undefined,
);

function message(name: string): DescMessage {
  const found = registry.getMessage(name);
  if (found === undefined) {
    throw new Error(`${name} is missing in ${FILE}`);
  }
  return found;
}

/** google.rpc.BadRequest: which fields of a request are at fault. */
export const BadRequestSchema = message('google.rpc.BadRequest');
/** google.rpc.RequestInfo: an id that finds the call in the log. */
export const RequestInfoSchema = message('google.rpc.RequestInfo');
