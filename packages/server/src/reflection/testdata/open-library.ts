import { createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createHealthState, createReadiness, healthService } from '../../health/index.ts';
import { service } from '../../service.ts';
import { DeskService, LibraryService } from '../../testdata/gen/library/v1/library_pb.js';
import { createLibrary } from '../../testdata/library.ts';
import { descriptors } from '../../testdata/serve.ts';
import { serveServices } from '../../testdata/serve-services.ts';
import { reflectionServices } from '../index.ts';

/** The library's full descriptors. */
export const full: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));

/** A library with health and reflection, as a server has them. */
export async function openLibrary(
  { registry }: { registry: FileRegistry | undefined } = { registry: full },
): Promise<string> {
  const library = createLibrary();
  const health = createHealthState([LibraryService.typeName]);
  const readiness = createReadiness({ health, ready: undefined, onError: () => undefined });
  const own = [
    service(LibraryService, library.service),
    service(DeskService, library.desk),
    healthService({ health, readiness }),
  ];
  const reflection = reflectionServices({ services: own.map((one) => one.service), registry });
  return serveServices([...own, ...reflection]);
}
