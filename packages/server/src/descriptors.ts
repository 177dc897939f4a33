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
 * @throws Error that names the services and methods it lacks: without them their rules would not be enforced
 */
export function loadDescriptors(
  source: Uint8Array | FileRegistry | undefined,
  services: readonly ServiceRegistration[],
): Descriptors {
  if (source === undefined) {
    const types = createRegistry(...new Set(services.map(({ service }) => service.file)));
    return { registry: undefined, types, describe: (method) => method };
  }
  const registry =
    source instanceof Uint8Array ? createFileRegistry(fromBinary(FileDescriptorSetSchema, source)) : source;
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
