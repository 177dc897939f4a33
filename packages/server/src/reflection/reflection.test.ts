import {
  createFileRegistry,
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescMessage,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, test } from 'vitest';
import { Health } from '../gen/grpc/health/v1/health_pb.js';
import { ServerReflection, type ServerReflectionRequest } from '../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { DeskService, LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { full, openLibrary } from './testdata/open-library.ts';

const LIBRARY = 'library/v1/library.proto';

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const message of messages) {
    collected.push(message);
  }
  return collected;
}

type Asked = ServerReflectionRequest['messageRequest'];

/** Asks all questions on one stream. */
async function ask(url: string, ...questions: Asked[]) {
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: url }));
  const answers = client.serverReflectionInfo(
    (async function* () {
      for (const messageRequest of questions) {
        yield { host: 'here', messageRequest };
      }
    })(),
  );
  return all(answers);
}

async function filesFor(url: string, question: Asked): Promise<FileDescriptorProto[]> {
  const [answer] = await ask(url, question);
  if (answer?.messageResponse.case !== 'fileDescriptorResponse') {
    throw new Error(`expected files, got ${JSON.stringify(answer?.messageResponse)}`);
  }
  return answer.messageResponse.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

function serialized(file: FileDescriptorProto): Buffer {
  return Buffer.from(toBinary(FileDescriptorProtoSchema, file));
}

/** A file among those that another one imports, itself included. */
function imported(file: DescFile, name: string): DescFile | undefined {
  return file.proto.name === name
    ? file
    : file.dependencies.map((dependency) => imported(dependency, name)).find((found) => found !== undefined);
}

test('the list names every service, health and reflection included', async () => {
  const [answer] = await ask(await openLibrary(), { case: 'listServices', value: '*' });

  expect(answer).toMatchObject({
    validHost: 'here',
    originalRequest: { host: 'here', messageRequest: { case: 'listServices', value: '*' } },
    messageResponse: {
      case: 'listServicesResponse',
      value: {
        service: [
          { name: 'grpc.health.v1.Health' },
          { name: 'grpc.reflection.v1.ServerReflection' },
          { name: 'grpc.reflection.v1alpha.ServerReflection' },
          { name: 'library.v1.DeskService' },
          { name: 'library.v1.LibraryService' },
        ],
      },
    },
  });
});

test('a file comes with everything it imports, itself first, each once', async () => {
  const files = await filesFor(await openLibrary(), { case: 'fileByFilename', value: LIBRARY });
  const names = files.map(({ name }) => name);

  expect(names[0]).toBe(LIBRARY);
  expect(new Set(names).size).toBe(names.length);
  for (const { dependency } of files) {
    expect(names).toEqual(expect.arrayContaining(dependency));
  }
  expect(names).toContain('google/protobuf/descriptor.proto');
});

test('files are the full ones, rules and policies included', async () => {
  const files = await filesFor(await openLibrary(), { case: 'fileByFilename', value: LIBRARY });

  expect(files[0]).toEqual(full.getFile(LIBRARY)?.proto);
  expect(files.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['buf/validate/validate.proto', 'tacos/policy/v1/policy.proto']),
  );
});

test.each([
  'library.v1.LibraryService',
  'library.v1.LibraryService.WatchBook',
  'library.v1.Book',
  'library.v1.Book.title',
  'tacos.policy.v1.Auth',
  'tacos.policy.v1.AUTH_USER',
  'tacos.policy.v1.field',
])('a file is found by what it declares: %s', async (value) => {
  const [file] = await filesFor(await openLibrary(), { case: 'fileContainingSymbol', value });

  expect(file?.name).toBe(value.startsWith('tacos') ? 'tacos/policy/v1/policy.proto' : LIBRARY);
});

test('a name with a leading dot is the same name, and a map’s entry type is one', async () => {
  const url = await openLibrary();
  const dotted = await filesFor(url, { case: 'fileContainingSymbol', value: '.library.v1.Book' });
  expect(dotted[0]?.name).toBe(LIBRARY);

  const entry = await filesFor(url, {
    case: 'fileContainingSymbol',
    value: 'library.v1.ListLoansResponse.ByBookEntry',
  });
  expect(entry[0]?.name).toBe(LIBRARY);
});

test('extensions are found by message and number', async () => {
  const url = await openLibrary();
  const extensions = [...full].filter((type): type is DescExtension => type.kind === 'extension');
  const ofFields = extensions.filter(({ extendee }) => extendee.typeName === FieldOptionsSchema.typeName);
  const [numbers] = await ask(url, {
    case: 'allExtensionNumbersOfType',
    value: FieldOptionsSchema.typeName,
  });

  expect(ofFields.length).toBeGreaterThan(1);
  expect(numbers?.messageResponse).toMatchObject({
    case: 'allExtensionNumbersResponse',
    value: {
      baseTypeName: FieldOptionsSchema.typeName,
      extensionNumber: ofFields.map(({ number }) => number).sort((a, b) => a - b),
    },
  });
  for (const { extendee, number, file } of extensions) {
    const files = await filesFor(url, {
      case: 'fileContainingExtension',
      value: {
        $typeName: 'grpc.reflection.v1.ExtensionRequest',
        containingType: extendee.typeName,
        extensionNumber: number,
      },
    });
    expect(files[0]?.name).toBe(file.proto.name);
  }
});

test('a message without extensions has none, which is no error', async () => {
  const [answer] = await ask(await openLibrary(), {
    case: 'allExtensionNumbersOfType',
    value: 'library.v1.Book',
  });

  expect(answer?.messageResponse).toMatchObject({
    case: 'allExtensionNumbersResponse',
    value: { baseTypeName: 'library.v1.Book', extensionNumber: [] },
  });
});

test('what is not known is an answer, and the stream goes on', async () => {
  const url = await openLibrary();
  const answers = await ask(
    url,
    { case: 'fileByFilename', value: 'no/such.proto' },
    { case: 'fileContainingSymbol', value: 'library.v1.Boook' },
    { case: 'fileContainingSymbol', value: '' },
    { case: 'fileContainingSymbol', value: 'library.v1' },
    {
      case: 'fileContainingExtension',
      value: {
        $typeName: 'grpc.reflection.v1.ExtensionRequest',
        containingType: 'library.v1.Book',
        extensionNumber: 7,
      },
    },
    { case: 'allExtensionNumbersOfType', value: 'library.v1.LibraryService' },
    { case: undefined },
    { case: 'fileByFilename', value: 'x'.repeat(100_000) },
    { case: 'fileByFilename', value: LIBRARY },
  );
  const error = (errorCode: number) => ({ case: 'errorResponse', value: { errorCode } });

  expect(answers.map(({ messageResponse }) => messageResponse)).toMatchObject([
    error(5),
    error(5),
    error(5),
    error(5),
    error(5),
    error(5),
    error(3),
    { case: 'errorResponse', value: { errorCode: 5, errorMessage: expect.stringMatching(/^.{0,300}$/) } },
    { case: 'fileDescriptorResponse' },
  ]);
});

test('a stream sends a file once, unless it is asked for by itself', async () => {
  const answers = await ask(
    await openLibrary(),
    { case: 'fileByFilename', value: LIBRARY },
    { case: 'fileByFilename', value: LIBRARY },
    { case: 'fileByFilename', value: 'tacos/policy/v1/policy.proto' },
  );
  const counts = answers.map(({ messageResponse }) =>
    messageResponse.case === 'fileDescriptorResponse' ? messageResponse.value.fileDescriptorProto.length : 0,
  );

  expect(counts[0]).toBeGreaterThan(3);
  expect(counts.slice(1)).toEqual([1, 1]);
});

test('without a descriptor set the services’ own files are served, and they hold together', async () => {
  const url = await openLibrary({ registry: undefined });
  const files = await filesFor(url, { case: 'fileContainingSymbol', value: LibraryService.typeName });
  const registry = createFileRegistry(files[0] as FileDescriptorProto, (name) =>
    files.find((file) => file.name === name),
  );

  expect(files.map(serialized)).toEqual(
    files.map(({ name }) => serialized(imported(LibraryService.file, name)?.proto as FileDescriptorProto)),
  );
  expect(registry.getService(LibraryService.typeName)?.methods.map(({ name }) => name)).toEqual(
    LibraryService.methods.map(({ name }) => name),
  );
});

test('a service that the descriptor set lacks is served from its own files', async () => {
  const url = await openLibrary();
  const files = await filesFor(url, { case: 'fileContainingSymbol', value: 'grpc.health.v1.Health.Check' });

  expect(full.getService(Health.typeName)).toBeUndefined();
  expect(files).toEqual([Health.file.proto]);
});

test('a contract of proto2 with groups and nested extensions is walked through', async () => {
  const proto2 = createRegistry(DescriptorProtoSchema);
  const message = proto2.getMessage(DescriptorProtoSchema.typeName) as DescMessage;
  const url = await openLibrary({ registry: createFileRegistry(message.file.proto, () => undefined) });

  for (const value of [
    'google.protobuf.DescriptorProto.ExtensionRange.start',
    'google.protobuf.FieldDescriptorProto.TYPE_GROUP',
  ]) {
    const files = await filesFor(url, { case: 'fileContainingSymbol', value });
    expect(files[0]?.name).toBe('google/protobuf/descriptor.proto');
  }
});

test('v1alpha answers like v1', async () => {
  const url = await openLibrary();
  const client = createClient(ServerReflectionAlpha, createGrpcTransport({ baseUrl: url }));
  const [listed, found] = await all(
    client.serverReflectionInfo(
      (async function* () {
        yield { messageRequest: { case: 'listServices' as const, value: '' } };
        yield {
          messageRequest: { case: 'fileContainingSymbol' as const, value: DeskService.typeName },
        };
      })(),
    ),
  );

  expect(listed).toMatchObject({
    $typeName: 'grpc.reflection.v1alpha.ServerReflectionResponse',
    originalRequest: { $typeName: 'grpc.reflection.v1alpha.ServerReflectionRequest' },
    messageResponse: {
      value: {
        service: expect.arrayContaining([expect.objectContaining({ name: DeskService.typeName })]),
      },
    },
  });
  expect(found?.messageResponse.case).toBe('fileDescriptorResponse');
});
