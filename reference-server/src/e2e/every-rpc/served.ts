import { fileURLToPath } from 'node:url';
import {
  create,
  createFileRegistry,
  type DescMethod,
  type DescService,
  fromBinary,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import type { Transport } from '@connectrpc/connect';
import { loadSync, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { call } from './call.ts';

const FILE = 'grpc/reflection/v1/reflection.proto';
const REFLECTION = 'grpc.reflection.v1.ServerReflection';

type AnyMessage = MessageTypeDefinition<object, object>;

/** The descriptor of the protocol by which a server is asked what it serves. */
function reflectionMethod(): DescMethod {
  const protos = fileURLToPath(new URL('../proto', import.meta.resolve('@grpc/reflection')));
  const reflection = loadSync(FILE, { includeDirs: [protos] })[REFLECTION] as ServiceDefinition;
  const [definition] = Object.values(reflection);
  const { fileDescriptorProtos = [] } = (definition?.requestType ?? {}) as Partial<AnyMessage>;
  const files = fileDescriptorProtos.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  // The loader leaves out the package of a type in the names of fields' types.
  for (const field of files.flatMap((file) => file.messageType).flatMap((message) => message.field)) {
    if (field.typeName !== '' && !field.typeName.startsWith('.')) {
      field.typeName = `.grpc.reflection.v1.${field.typeName}`;
    }
  }
  const [method] = serviceIn(files, REFLECTION).methods;
  if (method === undefined) {
    throw new Error(`${FILE} of the package @grpc/reflection has no method to ask with`);
  }
  return method;
}

/** Finds a service in files that are in whatever order. */
function serviceIn(files: readonly FileDescriptorProto[], name: string): DescService {
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto) => {
    for (const imported of files) {
      if (file.dependency.includes(imported.name) && !ordered.has(imported)) {
        add(imported);
      }
    }
    ordered.add(file);
  };
  files.forEach(add);
  const service = createFileRegistry(create(FileDescriptorSetSchema, { file: [...ordered] })).getService(
    name,
  );
  if (service === undefined) {
    throw new Error(`no file declares the service ${name}`);
  }
  return service;
}

/** Every service of a server, as the server itself describes it. */
export async function servedServices(transport: Transport): Promise<readonly DescService[]> {
  const method = reflectionMethod();
  const ask = async (question: 'listServices' | 'fileContainingSymbol', value: string) => {
    const came = await call(transport, method, { messageRequest: { case: question, value } });
    if ('failure' in came) {
      throw came.failure;
    }
    return (came.messages[0] as unknown as { readonly messageResponse: { readonly value: unknown } })
      .messageResponse.value;
  };
  const { service: listed } = (await ask('listServices', '*')) as { service: { name: string }[] };
  return Promise.all(
    listed.map(async ({ name }) => {
      const answer = (await ask('fileContainingSymbol', name)) as { fileDescriptorProto: Uint8Array[] };
      const files = answer.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
      return serviceIn(files, name);
    }),
  );
}
