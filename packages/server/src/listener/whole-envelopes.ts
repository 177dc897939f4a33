import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalHandler, UniversalServerRequest } from '@connectrpc/connect/protocol';

const HEAD_BYTES = 5;

/**
 * Lets a handler of a stream notice that a request ends within a message. connect-es takes a request that ends right
 * behind the head of one for complete, so that a client that broke off would seem to have said all.
 */
export function withWholeEnvelopes(handler: UniversalHandler): UniversalHandler {
  if (handler.method.methodKind === 'unary') {
    return handler;
  }
  const whole = (request: UniversalServerRequest) => {
    const { body } = request;
    return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
      ? handler({ ...request, body: checked(body) })
      : handler(request);
  };
  return Object.assign(whole, handler);
}

async function* checked(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  /** Of the head that is being read. */
  let [seen, length] = [0, 0];
  /** Of the message behind it. */
  let left = 0;
  for await (const bytes of body) {
    let at = 0;
    while (at < bytes.length) {
      const part = Math.min(left, bytes.length - at);
      at += part;
      left -= part;
      if (at < bytes.length) {
        length = seen === 0 ? 0 : length * 256 + (bytes[at] as number);
        at += 1;
        seen += 1;
        if (seen === HEAD_BYTES) {
          [seen, left] = [0, length];
        }
      }
    }
    yield bytes;
  }
  if (seen > 0 || left > 0) {
    throw new ConnectError('the request ends within a message', Code.InvalidArgument);
  }
}
