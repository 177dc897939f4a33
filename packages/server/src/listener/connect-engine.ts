import type { DescService, Message, Registry } from '@bufbuild/protobuf';
import {
  createConnectRouter,
  createContextValues,
  type HandlerContext,
  type ServiceImpl,
} from '@connectrpc/connect';
import type { UniversalHandler, UniversalServerResponse } from '@connectrpc/connect/protocol';
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { binaryCodec, jsonCodec } from '../dispatch/codec.ts';
import type { Limits } from '../limits.ts';
import type { StreamInput } from '../pipeline/intercept.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { BodyBudget } from './body-budget.ts';
import {
  type ConnectExchange,
  connectExchange,
  type RequestInfo,
  requestInfoKey,
  withoutOwnFields,
} from './connect-exchange.ts';
import { withGrpcWebText } from './grpc-web-text.ts';
import type { HttpRequest, NodeResponse } from './http-types.ts';
import { sendable } from './sendable.ts';
import { withWholeEnvelopes } from './whole-envelopes.ts';

/** Serves gRPC, gRPC-Web and Connect. */
export interface Engine {
  /** The method that a path leads to. */
  find(path: string): MethodPlan | undefined;
  /** Serves a request whose path leads to a method. Rejects when the request or its answer breaks off. */
  serve(request: HttpRequest, response: NodeResponse, path: string, info: RequestInfo): Promise<EngineResult>;
}

/** How a request ended, for those that never reached the pipeline. */
export interface EngineResult {
  readonly httpStatus: number;
  /** Number of the gRPC status, where there is one. */
  readonly grpcStatus: string | undefined;
}

/** How strictly requests are read. */
export interface RequestReading {
  readonly refuseUnknownJson: boolean;
  /** Whether calls of Connect have to name its version. */
  readonly requireConnectVersion: boolean;
  /** For `google.protobuf.Any`. */
  readonly registry: Registry;
}

/** A thin layer of connect-es over the pipeline. */
export function createConnectEngine(
  pipeline: Pipeline,
  limits: Limits,
  budget: BodyBudget,
  reading: RequestReading,
): Engine {
  const router = createConnectRouter({
    readMaxBytes: limits.maxRequestBytes,
    jsonOptions: { ignoreUnknownFields: !reading.refuseUnknownJson, registry: reading.registry },
    requireConnectProtocolHeader: reading.requireConnectVersion,
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  for (const [service, plans] of Map.groupBy(pipeline.plans, (plan) => plan.service)) {
    const methods = plans.map((plan) => [plan.method.localName, adapt(pipeline, plan, reading)]);
    router.service(service, Object.fromEntries(methods) as Partial<ServiceImpl<DescService>>);
  }
  const routes = new Map<string, { handler: UniversalHandler; plan: MethodPlan }>();
  for (const handler of router.handlers) {
    const plan = pipeline.find(handler.method);
    if (plan !== undefined) {
      routes.set(handler.requestPath, {
        handler: withGrpcWebText(withWholeEnvelopes(handler, budget)),
        plan,
      });
    }
  }
  return {
    find: (path) => routes.get(path)?.plan,
    serve: async (request, response, path, info) => {
      const route = routes.get(path);
      if (route === undefined) {
        throw new TypeError(`${path} leads to no method`);
      }
      const values = createContextValues().set(requestInfoKey, info);
      const answer = await route.handler({
        ...universalRequestFromNodeRequest(request, response, undefined, values),
        // Its own body destroys the request when it is left, and with it what is still to be discarded.
        body: request.iterator({ destroyOnReturn: false }),
        // connect-es refuses two-way streams over HTTP/1.1, which clients of half of them can do.
        httpVersion: '2.0',
      });
      // Streams have limits of their own.
      const isUnary = route.plan.method.methodKind === 'unary';
      await send(
        sendable(answer, info.unsendable),
        request,
        response,
        isUnary ? limits.requestTimeoutMs : undefined,
        limits.requestTimeoutMs,
        info.reset,
      );
      return { httpStatus: answer.status, grpcStatus: answer.trailer?.get('grpc-status') ?? undefined };
    },
  };
}

/** Resolves when the response has left, or its client has: connect-es only resolves in the first case. */
function send(
  answer: UniversalServerResponse,
  request: HttpRequest,
  response: NodeResponse,
  timeoutMs: number | undefined,
  discardMs: number,
  reset: () => void,
): Promise<void> {
  if ('stream' in response ? response.stream.destroyed : response.destroyed) {
    return Promise.resolve();
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(reset, timeoutMs);
  return new Promise((resolve, reject) => {
    // The response of HTTP/2 is only finished when it is closed.
    const stream = 'stream' in response ? response.stream : response;
    stream.once('finish', () => discardRest(request, response, discardMs));
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    universalResponseToNodeResponse(answer, response).then(resolve, reject);
  });
}

/**
 * The answer is complete, the request is not: a client that goes on writing must not wait for somebody who reads. What
 * still comes is thrown away for as long as a request may take; a reset would overtake the answer.
 */
function discardRest(request: HttpRequest, response: NodeResponse, timeoutMs: number): void {
  if (request.readableEnded) {
    return;
  }
  const timer = setTimeout(() => request.destroy(), timeoutMs);
  response.once('close', () => clearTimeout(timer));
  request.removeAllListeners('readable');
  // Node notices one tick later that nobody listens, and lets it flow.
  setImmediate(() => request.resume());
}

function adapt(pipeline: Pipeline, plan: MethodPlan, { registry }: RequestReading): unknown {
  const codecs = {
    binary: binaryCodec(plan.method),
    json: jsonCodec(plan.method, { registry, ignoreUnknownFields: false }),
  };
  const open = (input: StreamInput, context: HandlerContext) =>
    answers(pipeline.open, plan, input, connectExchange(context, codecs));
  switch (plan.method.methodKind) {
    case 'unary':
      return (request: Message, context: HandlerContext) =>
        answer(pipeline, plan, request, connectExchange(context, codecs));
    case 'client_streaming':
      return async (requests: AsyncIterable<Message>, context: HandlerContext) => {
        for await (const only of open(requests, context)) {
          return only;
        }
        throw new TypeError(`${plan.name} ended without an answer`);
      };
    default:
      return open;
  }
}

async function answer(
  pipeline: Pipeline,
  plan: MethodPlan,
  request: Message,
  exchange: ConnectExchange,
): Promise<Message> {
  try {
    return await pipeline.invoke(plan, request, exchange);
  } catch (reason) {
    throw withoutOwnFields(reason);
  } finally {
    exchange.end();
  }
}

async function* answers(
  open: Pipeline['open'],
  plan: MethodPlan,
  input: StreamInput,
  exchange: ConnectExchange,
): AsyncGenerator<Message> {
  try {
    for await (const message of open(plan, input, exchange)) {
      exchange.begin();
      yield message;
    }
  } catch (reason) {
    throw withoutOwnFields(reason);
  } finally {
    exchange.end();
  }
}
