import {
  createFileRegistry,
  createRegistry,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  type Registry,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { ServiceRegistration } from './service.ts';

/** The full descriptors of a server's services. */
export interface Descriptors {
  /** `undefined` when there are only the services' own. */
  readonly registry: FileRegistry | undefined;
  /** Every type that is known, for `google.protobuf.Any`. */
  readonly types: Registry;
  /** A method with all its options. */
  describe(method: DescMethod): DescMethod;
}

/**
 * Reads a descriptor set.
 *
 * @throws Error that names the services and methods it lacks: without them their rules would not be enforced; and for
 * what is no descriptor set
 */
export function loadDescriptors(
  source: Uint8Array | FileRegistry | undefined,
  services: readonly ServiceRegistration[],
): Descriptors {
  if (source === undefined) {
    const types = createRegistry(...new Set(services.map(({ service }) => service.file)));
    return { registry: undefined, types, describe: (method) => method };
  }
  const registry = source instanceof Uint8Array ? registryOf(source) : source;
  const find = (method: DescMethod): DescMethod | undefined =>
    registry.getService(method.parent.typeName)?.methods.find((candidate) => candidate.name === method.name);
  const missing = services
    .flatMap(({ service }) => service.methods)
    .filter((method) => find(method) === undefined)
    .map((method) => `${method.parent.typeName}/${method.name}`);
  if (missing.length > 0) {
    throw new Error(
      `descriptors lacks ${missing.join(', ')}; expected the full descriptor set of all services`,
    );
  }
  return { registry, types: registry, describe: (method) => find(method) ?? method };
}

function registryOf(source: Uint8Array): FileRegistry {
  try {
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, source));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `descriptors is no complete descriptor set (${source.byteLength} bytes: ${why}); expected a serialized ` +
        'google.protobuf.FileDescriptorSet with all its imports, such as buf build -o makes it',
      { cause },
    );
  }
}
