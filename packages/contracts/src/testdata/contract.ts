import {
  createFileRegistry,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '../descriptor.ts';

/** Everything in `descriptor.binpb`, imports included. */
export const registry: FileRegistry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, descriptorSet()),
);

/** Whether a file is written here, and not one that the contracts import from others. */
export function isOwn(fileName: string): boolean {
  return !fileName.startsWith('google/') && !fileName.startsWith('buf/');
}

/** The files of `proto/`, by name. */
export const ownFiles: readonly DescFile[] = [...registry.files]
  .filter((file) => isOwn(file.proto.name))
  .sort((a, b) => (a.proto.name < b.proto.name ? -1 : 1));

/** Every RPC of the contracts, with all its options. */
export const methods: readonly DescMethod[] = ownFiles.flatMap((file) =>
  file.services.flatMap((service) => service.methods),
);

/** Every message of the contracts, nested ones included. */
export const messages: readonly DescMessage[] = ownFiles.flatMap((file) =>
  [...nestedTypes(file)].filter((desc) => desc.kind === 'message'),
);

/** `package.Service/Method`. */
export function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** The message types that a message reaches through its fields, itself included. */
export function reachable(message: DescMessage, found: Set<DescMessage> = new Set()): Set<DescMessage> {
  if (!found.has(message)) {
    found.add(message);
    for (const field of message.fields) {
      if (field.message !== undefined) {
        reachable(field.message, found);
      }
    }
  }
  return found;
}
