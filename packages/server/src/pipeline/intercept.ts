import type { Message } from '@bufbuild/protobuf';
import type { CallContext } from './call-context.ts';

/** The request of a server stream, or the requests of a client or two-way stream. */
export type StreamInput = Message | AsyncIterable<Message>;

/** Runs around policies and handler, which are what is passed in. */
export interface Intercept {
  unary(
    call: CallContext,
    request: Message,
    work: (request: Message) => Message | Promise<Message>,
  ): Promise<Message>;
  stream(
    call: CallContext,
    input: StreamInput,
    open: (input: StreamInput) => Promise<AsyncIterable<unknown>>,
  ): Promise<AsyncIterable<unknown>>;
}
