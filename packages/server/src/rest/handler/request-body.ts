import { Code } from '@connectrpc/connect';
import { RestError } from '../rest-error.ts';

/**
 * The body of a request, decompressed. No more of it is read than may be.
 *
 * @param limit - bytes at most, counted after decompression
 * @throws RestError for a body that is too large, or encoded in another way than gzip
 */
export async function readRequestBody(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (request.body === null) {
    return undefined;
  }
  const reader = decoded(request.body, request.headers.get('content-encoding')).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((reason: unknown) => {
      throw request.signal.aborted ? reason : unreadable();
    });
    if (done) {
      break;
    }
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new RestError(Code.ResourceExhausted, `the body has more than ${limit} bytes`, {
        httpStatus: 413,
        restCode: 'CONTENT_TOO_LARGE',
      });
    }
    chunks.push(value);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : joined(chunks, size);
}

function decoded(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  encoding: string | null,
): ReadableStream<Uint8Array> {
  switch (encoding?.trim().toLowerCase() || 'identity') {
    case 'identity':
      return body;
    case 'gzip':
      return body.pipeThrough(new DecompressionStream('gzip'));
    default:
      throw new RestError(
        Code.InvalidArgument,
        `the body has content encoding ${encoding?.slice(0, 64)}; expected gzip or none`,
        { httpStatus: 415, restCode: 'UNSUPPORTED_MEDIA_TYPE', headers: { 'accept-encoding': 'gzip' } },
      );
  }
}

function unreadable(): RestError {
  return new RestError(
    Code.InvalidArgument,
    'the body cannot be read; expected it to match content-encoding',
  );
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
