import type { DescMessage } from '@bufbuild/protobuf';
import { hasCustomJsonRepresentation } from '@bufbuild/protobuf/wkt';

/**
 * Whether a message's JSON is not simply its fields and is left to @bufbuild/protobuf: well-known types, and messages
 * with extensions.
 */
export function hasOwnJson(desc: DescMessage): boolean {
  return hasCustomJsonRepresentation(desc) || desc.proto.extensionRange.length > 0;
}
