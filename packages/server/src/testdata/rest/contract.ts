import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  setExtension,
} from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  EmptySchema,
  type FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  file_google_protobuf_empty,
  FieldDescriptorProto_Label as Label,
  MethodOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { http } from '../../gen/google/api/annotations_pb.js';
import { HttpRuleSchema } from '../../gen/google/api/http_pb.js';

/** `google.api.HttpRule` as one writes it. */
export interface Rule {
  readonly pattern?:
    | { readonly case: 'get' | 'put' | 'post' | 'delete' | 'patch'; readonly value: string }
    | { readonly case: 'custom'; readonly value: { readonly kind: string; readonly path: string } };
  readonly body?: string;
  readonly responseBody?: string;
  readonly additionalBindings?: readonly Rule[];
}

/** A method of a contract made for one test. */
export interface MethodSpec {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly rule?: Rule;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
}

/** The type of each field by its name: a scalar, a message (`Sub`), or a list of either (`Sub[]`). */
export type MessageSpec = Readonly<Record<string, string>>;

const scalars: Readonly<Record<string, FieldDescriptorProto_Type>> = {
  string: Type.STRING,
  int64: Type.INT64,
  int32: Type.INT32,
  bool: Type.BOOL,
  bytes: Type.BYTES,
};

/** A contract `test.v1` made for one test. */
export interface TestContract {
  readonly registry: FileRegistry;
  readonly methods: readonly DescMethod[];
  message(name: string): DescMessage;
}

/** Makes a contract with one service from a few words. `google.protobuf.Empty` and `google.api.HttpBody` are known. */
export function contract(
  messages: Readonly<Record<string, MessageSpec>>,
  methods: readonly MethodSpec[],
): TestContract {
  const file = create(FileDescriptorProtoSchema, {
    name: 'test/v1/test.proto',
    package: 'test.v1',
    syntax: 'proto3',
    dependency: ['google/api/httpbody.proto', 'google/protobuf/empty.proto'],
    messageType: Object.entries(messages).map(([name, spec]) => messageOf(name, spec, 'test.v1')),
    service: [
      {
        name: 'TestService',
        method: methods.map((method) => {
          const options = create(MethodOptionsSchema);
          if (method.rule !== undefined) {
            setExtension(
              options,
              http,
              create(HttpRuleSchema, method.rule as MessageInitShape<typeof HttpRuleSchema>),
            );
          }
          return {
            name: method.name,
            inputType: qualified(method.input, 'test.v1'),
            outputType: qualified(method.output, 'test.v1'),
            clientStreaming: method.clientStreaming === true,
            serverStreaming: method.serverStreaming === true,
            options,
          };
        }),
      },
    ],
  });
  const httpBody = create(FileDescriptorProtoSchema, {
    name: 'google/api/httpbody.proto',
    package: 'google.api',
    syntax: 'proto3',
    messageType: [messageOf('HttpBody', { content_type: 'string', data: 'bytes' }, 'google.api')],
  });
  const files = new Map([
    [httpBody.name, httpBody],
    [file_google_protobuf_empty.proto.name, file_google_protobuf_empty.proto],
  ]);
  const registry = createFileRegistry(file, (name) => files.get(name));
  const service = registry.getService('test.v1.TestService');
  return {
    registry,
    methods: service?.methods ?? [],
    message: (name) => {
      const found = registry.getMessage(`test.v1.${name}`);
      if (found === undefined) {
        throw new Error(`no message ${name} in the test's contract`);
      }
      return found;
    },
  };
}

function messageOf(name: string, spec: MessageSpec, scope: string): DescriptorProto {
  return create(DescriptorProtoSchema, {
    name,
    field: Object.entries(spec).map(([field, type], index) => {
      const single = type.replace('[]', '');
      const scalar = scalars[single];
      return {
        name: field,
        jsonName: protoCamelCase(field),
        number: index + 1,
        label: single === type ? Label.OPTIONAL : Label.REPEATED,
        type: scalar ?? Type.MESSAGE,
        typeName: scalar === undefined ? qualified(single, scope) : '',
      };
    }),
  });
}

function qualified(name: string, scope: string): string {
  return name === EmptySchema.name
    ? `.${EmptySchema.typeName}`
    : name === 'HttpBody'
      ? '.google.api.HttpBody'
      : `.${scope}.${name}`;
}
