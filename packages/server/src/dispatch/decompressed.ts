import { Code, ConnectError } from '@connectrpc/connect';
import { runtimeFailure } from '../errors/runtime-code.ts';
import type { Compression } from './compression.ts';

/**
 * What bytes were before they were compressed.
 *
 * @throws CallFailure MESSAGE_TOO_LARGE for more than `maxBytes`, INVALID_ARGUMENT for what was not compressed so
 */
export async function decompressed(
  bytes: Uint8Array,
  compression: Compression,
  maxBytes: number,
): Promise<Uint8Array> {
  try {
    return await compression.decompress(bytes, maxBytes);
  } catch (reason) {
    throw ConnectError.from(reason).code === Code.ResourceExhausted
      ? runtimeFailure(
          'MESSAGE_TOO_LARGE',
          `the request message has more than ${maxBytes} bytes after decompression`,
        )
      : runtimeFailure(
          'INVALID_ARGUMENT',
          `the request message cannot be decompressed; expected ${compression.name}`,
        );
  }
}
