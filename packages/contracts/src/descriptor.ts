import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * The full descriptor set of the contracts and everything they import, as bytes of a
 * google.protobuf.FileDescriptorSet: with the validation rules, HTTP routes and comments that the generated
 * code leaves out. For Node; the file itself is `@traffic-tacos/contracts/descriptor.binpb`.
 */
export function descriptorSet(): Uint8Array {
  const require = createRequire(import.meta.url);
  return readFileSync(require.resolve('@traffic-tacos/contracts/descriptor.binpb'));
}
