import type { Message } from '@bufbuild/protobuf';
import type { Interceptor, StreamRequest, UnaryRequest } from '@connectrpc/connect';
import type { ErrorModel } from '../errors/model.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { toStatusError } from '../errors/to-status.ts';
import { complete } from './answer.ts';
import type { CallContext } from './call-context.ts';
import type { Intercept } from './intercept.ts';

type Next = ReturnType<Interceptor>;

/**
 * Interceptors of connect-es around every call, the first one outermost. They see a call before the policies do, and
 * whatever comes of it, refusals of the policies included. `undefined` without any.
 */
export function composeInterceptors(
  interceptors: readonly Interceptor[],
  errors: ErrorModel,
): Intercept | undefined {
  if (interceptors.length === 0) {
    return undefined;
  }
  const around = (core: Next): Next => interceptors.reduceRight((next, outer) => outer(next), core);
  return {
    unary: async (call, request, work) => {
      const next = around(async (req) => {
        const message = await asStatus(errors, call, async () => work((req as UnaryRequest).message));
        return { stream: false, ...answerOf(call), message };
      });
      const { message } = await next({ stream: false, ...requestOf(call), message: request });
      return complete(call, message);
    },
    stream: async (call, input, open) => {
      const next = around(async (req) => {
        const requests = (req as StreamRequest).message;
        const own = Symbol.asyncIterator in input ? requests : await only(requests, call);
        const answers = await asStatus(errors, call, () => open(own));
        return { stream: true, ...answerOf(call), message: completed(errors, call, answers) };
      });
      const requests = Symbol.asyncIterator in input ? input : single(input);
      const { message } = await next({ stream: true, ...requestOf(call), message: requests });
      return message as AsyncIterable<Message>;
    },
  };
}

function requestOf(call: CallContext) {
  return {
    service: call.service,
    // The kinds of a method and of its request fit each other.
    method: call.method as never,
    requestMethod: call.requestMethod,
    url: call.url,
    signal: call.signal,
    header: call.requestHeader,
    contextValues: call.values,
  };
}

function answerOf(call: CallContext) {
  return {
    service: call.service,
    method: call.method as never,
    header: call.responseHeader,
    trailer: call.responseTrailer,
  };
}

async function* single(message: Message): AsyncGenerator<Message> {
  yield message;
}

async function only(requests: AsyncIterable<Message>, call: CallContext): Promise<Message> {
  for await (const request of requests) {
    return request;
  }
  throw runtimeFailure('UNIMPLEMENTED', `${call.plan.name} was called without a request`);
}

async function* completed(
  errors: ErrorModel,
  call: CallContext,
  answers: AsyncIterable<unknown>,
): AsyncGenerator<Message> {
  try {
    for await (const answer of answers) {
      yield complete(call, answer);
    }
  } catch (reason) {
    throw toStatusError(errors, reason, call.traceId);
  }
}

/** Interceptors know the errors of connect-es. */
async function asStatus<T>(errors: ErrorModel, call: CallContext, core: () => Promise<T>): Promise<T> {
  try {
    return await core();
  } catch (reason) {
    throw toStatusError(errors, reason, call.traceId);
  }
}
