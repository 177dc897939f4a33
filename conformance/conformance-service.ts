import { setTimeout as delay } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { askedError, noteTimeout, recorded, requestInfo, setMetadata } from './echo.ts';
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayloadSchema,
  type ConformanceService,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from './gen/connectrpc/conformance/v1/service_pb.js';

type Payload = MessageInitShape<typeof ConformancePayloadSchema>;

/** The service of the suite: answers what requests ask for, and what arrived of them. Leaves `Unimplemented` out. */
export const conformanceService: Partial<ServiceImpl<typeof ConformanceService>> = {
  unary: async (request, context) => ({
    payload: await answer(context, request.responseDefinition, [recorded(UnaryRequestSchema, request)]),
  }),

  idempotentUnary: async (request, context) => ({
    payload: await answer(context, request.responseDefinition, [
      recorded(IdempotentUnaryRequestSchema, request),
    ]),
  }),

  clientStream: async (requests, context) => {
    noteTimeout(context);
    const seen: Any[] = [];
    let definition: UnaryResponseDefinition | undefined;
    for await (const request of requests) {
      // Only the first one says how to answer.
      if (seen.length === 0) {
        definition = request.responseDefinition;
      }
      seen.push(recorded(ClientStreamRequestSchema, request));
    }
    return { payload: await answer(context, definition, seen) };
  },

  serverStream: async function* (request, context) {
    const { responseDefinition } = request;
    if (responseDefinition !== undefined) {
      setMetadata(context, responseDefinition);
      const seen = [recorded(ServerStreamRequestSchema, request)];
      yield* remaining(context, responseDefinition, 0, seen);
    }
  },

  bidiStream: async function* (requests, context) {
    noteTimeout(context);
    let definition: StreamResponseDefinition | undefined;
    let isFullDuplex = false;
    let isFirst = true;
    let answered = 0;
    let seen: Any[] = [];
    for await (const request of requests) {
      seen.push(recorded(BidiStreamRequestSchema, request));
      if (isFirst) {
        isFirst = false;
        isFullDuplex = request.fullDuplex;
        definition = request.responseDefinition;
        if (definition !== undefined) {
          setMetadata(context, definition);
        }
      }
      if (!isFullDuplex) {
        continue;
      }
      const data = definition?.responseData[answered];
      if (definition === undefined || data === undefined) {
        break;
      }
      const info = answered === 0 ? requestInfo(context, seen) : { requests: seen };
      await delay(definition.responseDelayMs);
      yield { payload: { data, requestInfo: info } };
      answered++;
      seen = [];
    }
    if (definition !== undefined) {
      yield* remaining(context, definition, answered, seen);
    }
  },
};

/** The one answer of a unary call or a client stream. @throws ConnectError where an error is asked for */
async function answer(
  context: HandlerContext,
  definition: UnaryResponseDefinition | undefined,
  requests: readonly Any[],
): Promise<Payload> {
  const info = requestInfo(context, requests);
  if (definition === undefined) {
    return { requestInfo: info };
  }
  setMetadata(context, definition);
  await delay(definition.responseDelayMs);
  const { response } = definition;
  if (response.case === 'error') {
    throw askedError(response.value, info);
  }
  return { requestInfo: info, ...(response.case === 'responseData' && { data: response.value }) };
}

/** The answers of a stream from the given one on. @throws ConnectError after them, where an error is asked for */
async function* remaining(
  context: HandlerContext,
  { responseData, responseDelayMs, error }: StreamResponseDefinition,
  answered: number,
  requests: readonly Any[],
): AsyncGenerator<{ payload: Payload }> {
  for (const [index, data] of responseData.entries()) {
    if (index < answered) {
      continue;
    }
    await delay(responseDelayMs);
    yield { payload: { data, ...(index === 0 && { requestInfo: requestInfo(context, requests) }) } };
  }
  if (error !== undefined) {
    const isOnly = Math.max(answered, responseData.length) === 0;
    throw askedError(error, isOnly ? requestInfo(context, requests) : undefined);
  }
}
