import type { Message } from '@bufbuild/protobuf';
import { admit, checkImplemented, checkRequest } from './admission.ts';
import type { CallContext } from './call-context.ts';
import type { StreamInput } from './intercept.ts';
import type { Runtime } from './runtime.ts';

/**
 * Admits a stream, checks every request before the handler sees it, and calls the handler.
 *
 * @param touch - told about every further request
 */
export async function openAnswers(
  runtime: Runtime,
  call: CallContext,
  input: StreamInput,
  touch: () => void,
): Promise<AsyncIterable<unknown>> {
  const prepared = await prepare(runtime, call, input, touch);
  if (call.interruption !== undefined) {
    // Nobody would look after the handler.
    throw call.interruption;
  }
  const answered = call.plan.handler?.(prepared, call);
  return isAsyncIterable(answered) ? answered : single(answered);
}

async function prepare(
  runtime: Runtime,
  call: CallContext,
  input: StreamInput,
  touch: () => void,
): Promise<StreamInput> {
  if (isAsyncIterable(input)) {
    await admit(runtime, call, undefined);
    checkImplemented(call.plan);
    return checkedRequests(call, input, touch);
  }
  runtime.log.request(call, input);
  await admit(runtime, call, input);
  checkRequest(call, input);
  return input;
}

async function* checkedRequests(
  call: CallContext,
  requests: AsyncIterable<Message>,
  touch: () => void,
): AsyncGenerator<Message> {
  for await (const request of requests) {
    touch();
    checkRequest(call, request);
    yield request;
  }
}

async function* single(answer: unknown): AsyncGenerator<unknown> {
  yield await answer;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<Message> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
