import type { DescService, FileRegistry } from '@bufbuild/protobuf';
import { ServerReflection } from '../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { type ServiceRegistration, service } from '../service.ts';
import { answer, type Question, type Reflected } from './answer.ts';
import { indexFiles } from './descriptor-index.ts';

/** What reflection tells of. */
export interface ReflectionOptions {
  /** Every service of the server; the reflection services themselves are added. */
  readonly services: Iterable<DescService>;
  /** The full descriptors. Where it lacks a service, the service's own files are served. */
  readonly registry: FileRegistry | undefined;
}

/**
 * `grpc.reflection.v1.ServerReflection` and its predecessor `v1alpha`, for tools that list and call methods
 * without having the contract's files. Answers hold the file in question with everything it imports.
 */
export function reflectionServices({ services, registry }: ReflectionOptions): ServiceRegistration[] {
  const all = [...services, ServerReflection, ServerReflectionAlpha];
  const reflected: Reflected = {
    index: indexFiles([...(registry?.files ?? []), ...all.map(({ file }) => file)]),
    services: [...new Set(all.map(({ typeName }) => typeName))].sort(),
  };
  return [
    service(ServerReflection, {
      serverReflectionInfo: (requests) => converse(reflected, requests),
    }),
    service(ServerReflectionAlpha, {
      serverReflectionInfo: (requests) => converse(reflected, requests),
    }),
  ];
}

async function* converse<Request extends Question>(reflected: Reflected, requests: AsyncIterable<Request>) {
  const sent = new Set<string>();
  for await (const request of requests) {
    yield {
      validHost: request.host,
      originalRequest: request,
      messageResponse: answer(reflected, request, sent),
    };
  }
}
