import { Code, ConnectError } from '@connectrpc/connect';
import type { UniversalHandler, UniversalServerRequest } from '@connectrpc/connect/protocol';
import { CROWDED_OUT } from '../errors/runtime-code.ts';
import type { BodyBudget } from '../listener/body-budget.ts';

const HEAD_BYTES = 5;

/**
 * Lets a handler of a stream notice that a request ends within a message. connect-es takes a request that ends right
 * behind the head of one for complete, so that a client that broke off would seem to have said all.
 *
 * @param budget - what connect-es keeps of a request until there is a whole message
 */
export function withWholeEnvelopes(handler: UniversalHandler, budget: BodyBudget): UniversalHandler {
  const checked = handler.method.methodKind === 'unary' ? counted : inEnvelopes;
  const whole = (request: UniversalServerRequest) => {
    const { body } = request;
    return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
      ? handler({ ...request, body: checked(body, budget) })
      : handler(request);
  };
  return Object.assign(whole, handler);
}

/** A body that is one message. */
async function* counted(body: AsyncIterable<Uint8Array>, budget: BodyBudget): AsyncGenerator<Uint8Array> {
  const share = shareOf(budget);
  try {
    let kept = 0;
    for await (const bytes of body) {
      kept += bytes.length;
      share.set(kept);
      yield bytes;
    }
  } finally {
    share.end();
  }
}

async function* inEnvelopes(body: AsyncIterable<Uint8Array>, budget: BodyBudget): AsyncGenerator<Uint8Array> {
  const share = shareOf(budget);
  /** Of the head that is being read. */
  let [seen, length] = [0, 0];
  /** Of the message behind it. */
  let left = 0;
  try {
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
      share.set(left > 0 ? length - left : seen);
      yield bytes;
    }
  } finally {
    share.end();
  }
  if (seen > 0 || left > 0) {
    throw new ConnectError('the request ends within a message', Code.InvalidArgument);
  }
}

/** What one request occupies of the budget. */
function shareOf(budget: BodyBudget) {
  let kept = 0;
  const set = (bytes: number): void => {
    budget.used += bytes - kept;
    kept = bytes;
    if (kept > 0 && budget.isExceeded) {
      throw new ConnectError(CROWDED_OUT, Code.ResourceExhausted, { 'retry-after': '1' });
    }
  };
  return {
    set,
    end: () => {
      budget.used -= kept;
      kept = 0;
    },
  };
}
