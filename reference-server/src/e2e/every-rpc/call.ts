import type { DescMethodStreaming, DescMethodUnary, Message } from '@bufbuild/protobuf';
import { create, type DescMessage, type DescMethod, type MessageInitShape } from '@bufbuild/protobuf';
import { ConnectError, type Transport } from '@connectrpc/connect';

/** Milliseconds after which a stream's next message is no longer waited for. */
const PATIENCE_MS = 20_000;

/** What came of a call: its first messages, or how it failed. */
export type Came = { readonly messages: readonly Message[] } | { readonly failure: ConnectError };

/**
 * Calls a method over the wire.
 *
 * @param count Messages of a stream that are read before it is left.
 * @param meanwhile Done after the first of them.
 */
export async function call(
  transport: Transport,
  method: DescMethod,
  init: MessageInitShape<DescMessage>,
  {
    count = 1,
    meanwhile,
  }: { readonly count?: number; readonly meanwhile?: (() => Promise<unknown>) | undefined } = {},
): Promise<Came> {
  const request = create(method.input, init);
  try {
    return method.methodKind === 'unary'
      ? { messages: [await unary(transport, method as DescMethodUnary, request)] }
      : { messages: await firstOf(transport, method as DescMethodStreaming, request, count, meanwhile) };
  } catch (reason) {
    return { failure: ConnectError.from(reason) };
  }
}

async function unary(transport: Transport, method: DescMethodUnary, request: Message): Promise<Message> {
  return (await transport.unary(method, undefined, undefined, undefined, request)).message;
}

async function firstOf(
  transport: Transport,
  method: DescMethodStreaming,
  request: Message,
  count: number,
  meanwhile: (() => Promise<unknown>) | undefined,
): Promise<Message[]> {
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(new Error(`no message for ${PATIENCE_MS} ms`)), PATIENCE_MS);
  const requests = (async function* () {
    yield request;
  })();
  const messages: Message[] = [];
  try {
    const { message: answers } = await transport.stream(method, stop.signal, undefined, undefined, requests);
    for await (const answer of answers) {
      messages.push(answer);
      if (messages.length === 1) {
        await meanwhile?.();
      }
      if (messages.length === count) {
        break;
      }
    }
    return messages;
  } finally {
    clearTimeout(patience);
    stop.abort();
  }
}
