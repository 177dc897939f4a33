import type { DescMessage, DescMethodStreaming, MessageInitShape } from '@bufbuild/protobuf';
import type { ContextValues, StreamResponse, Transport } from '@connectrpc/connect';
import { attemptError } from './attempt-error.ts';
import { authorized } from './authorized.ts';
import { createDeadline } from './deadline.ts';
import type { PolicyState } from './policy-state.ts';
import { TacosError } from './tacos-error.ts';

/** One stream, as a client opens it. */
export interface StreamCall<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodStreaming<I, O>;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds for the whole stream; `undefined`, 0 or less: no limit. */
  readonly timeoutMs: number | undefined;
  readonly header: HeadersInit | undefined;
  readonly input: AsyncIterable<MessageInitShape<I>>;
  readonly contextValues: ContextValues | undefined;
}

/**
 * Opens a stream with the caller's token. A stream is never repeated by itself: only its reader knows where to go on.
 *
 * @throws TacosError when it cannot be opened, and while it is read.
 */
export async function callStream<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  { environment, errors, credentials }: PolicyState,
  call: StreamCall<I, O>,
): Promise<StreamResponse<I, O>> {
  const { method, signal, timeoutMs } = call;
  const errorOf = (reason: unknown) =>
    TacosError.from(attemptError(reason, signal), { errors, method, attempts: 1 });
  try {
    const deadline = createDeadline(environment, timeoutMs ?? 0, signal);
    const header = await authorized(call.header, credentials, deadline);
    const response = await transport.stream(
      method,
      signal,
      timeoutMs,
      header,
      call.input,
      call.contextValues,
    );
    return { ...response, message: converted(response.message, errorOf) };
  } catch (reason) {
    throw errorOf(reason);
  }
}

/** The same messages, with other errors. */
function converted<T>(
  messages: AsyncIterable<T>,
  errorOf: (reason: unknown) => TacosError,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const inner = messages[Symbol.asyncIterator]();
      const convert = <R>(result: Promise<R>) =>
        result.catch((reason) => {
          throw errorOf(reason);
        });
      return {
        next: () => convert(inner.next()),
        ...(inner.return && { return: () => convert(inner.return?.() ?? ended()) }),
      };
    },
  };
}

function ended(): Promise<IteratorReturnResult<undefined>> {
  return Promise.resolve({ done: true, value: undefined });
}
