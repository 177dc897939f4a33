import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalHandler, UniversalServerRequest } from '@connectrpc/connect/protocol';

const TEXT = 'application/grpc-web-text';
const BINARY = 'application/grpc-web';

/**
 * Lets a handler that speaks gRPC-Web speak its text form, too: the same bytes in base64, for clients that can read an
 * answer in pieces only as text.
 */
export function withGrpcWebText(handler: UniversalHandler): UniversalHandler {
  const speaking = async (request: UniversalServerRequest) => {
    const contentType = request.header.get('content-type') ?? '';
    if (!contentType.toLowerCase().startsWith(TEXT) || !isBytes(request.body)) {
      return handler(request);
    }
    const header = new Headers(request.header);
    header.set('content-type', BINARY + contentType.slice(TEXT.length));
    const answer = await handler({ ...request, header, body: fromBase64(request.body) });
    const own = new Headers(answer.header);
    if (own.get('content-type')?.startsWith(BINARY) === true) {
      own.set('content-type', contentType);
    }
    return { ...answer, header: own, ...(answer.body && { body: toBase64(answer.body) }) };
  };
  return Object.assign(speaking, handler);
}

function isBytes(body: UniversalServerRequest['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Each piece is complete, so that a client can decode it when it comes. */
async function* toBase64(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    yield Buffer.from(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
      'latin1',
    );
  }
}

/** Four characters are three bytes, wherever the pieces end; each padding ends a piece of the client's. */
async function* fromBase64(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = '';
  for await (const bytes of body) {
    rest += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const whole = rest.length - (rest.length % 4);
    yield decoded(rest.slice(0, whole));
    rest = rest.slice(whole);
  }
  yield decoded(rest);
}

function decoded(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/=]*$/.test(text)) {
    throw new ConnectError('the request body is not base64, as its content-type says', Code.InvalidArgument);
  }
  const pieces = text.match(/[A-Za-z0-9+/]+={0,2}/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
}
