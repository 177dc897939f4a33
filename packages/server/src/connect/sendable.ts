import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { isSendable, OF_THE_CONNECTION } from '../dispatch/fields.ts';

/**
 * An answer without what HTTP cannot carry. connect-es passes on whatever a handler has set, and node:http2 throws for
 * some of it where nobody can catch.
 *
 * @param dropped - told the name of a header whose value cannot be sent
 */
export function sendable(
  answer: UniversalServerResponse,
  dropped: (name: string) => void,
): UniversalServerResponse {
  const { body } = answer;
  const clean = (headers: Headers | undefined): void => {
    for (const name of headers === undefined ? [] : OF_THE_CONNECTION) {
      headers?.delete(name);
    }
    for (const [name, value] of [...(headers ?? [])]) {
      if (!isSendable(value)) {
        headers?.delete(name);
        dropped(name);
      }
    }
  };
  if (body === undefined) {
    clean(answer.header);
    clean(answer.trailer);
    return answer;
  }
  const cleaned = (): AsyncIterator<Uint8Array> => {
    const chunks = body[Symbol.asyncIterator]();
    let begun = false;
    return {
      next: async () => {
        const step = await chunks.next();
        // Handlers set headers until the first piece, and trailers until the last.
        if (!begun) {
          begun = true;
          clean(answer.header);
        }
        if (step.done === true) {
          clean(answer.trailer);
        }
        return step;
      },
      return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
      throw: async (reason: unknown) => {
        if (chunks.throw === undefined) {
          throw reason;
        }
        return chunks.throw(reason);
      },
    };
  };
  return { ...answer, body: { [Symbol.asyncIterator]: cleaned } };
}
