import type { DescService, Message } from '@bufbuild/protobuf';
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
import type { Limits } from '../limits.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { connectExchange, type RequestInfo, requestInfoKey } from './connect-exchange.ts';
import type { HttpRequest, NodeResponse } from './http-types.ts';

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

/** A thin layer of connect-es over the pipeline. */
export function createConnectEngine(pipeline: Pipeline, limits: Limits, refuseUnknownJson: boolean): Engine {
  const router = createConnectRouter({
    readMaxBytes: limits.maxRequestBytes,
    jsonOptions: { ignoreUnknownFields: !refuseUnknownJson },
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  for (const [service, plans] of Map.groupBy(pipeline.plans, (plan) => plan.service)) {
    const methods = plans.map((plan) => [plan.method.localName, adapt(pipeline, plan)]);
    router.service(service, Object.fromEntries(methods) as Partial<ServiceImpl<DescService>>);
  }
  const routes = new Map<string, { handler: UniversalHandler; plan: MethodPlan }>();
  for (const handler of router.handlers) {
    const plan = pipeline.find(handler.method);
    if (plan !== undefined) {
      routes.set(handler.requestPath, { handler, plan });
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
      const answer = await route.handler(
        universalRequestFromNodeRequest(request, response, undefined, values),
      );
      // Streams have limits of their own.
      const isUnary = route.plan.method.methodKind === 'unary';
      await send(answer, response, isUnary ? limits.requestTimeoutMs : undefined, info.reset);
      return { httpStatus: answer.status, grpcStatus: answer.trailer?.get('grpc-status') ?? undefined };
    },
  };
}

/** Resolves when the response has left, or its client has: connect-es only resolves in the first case. */
function send(
  answer: UniversalServerResponse,
  response: NodeResponse,
  timeoutMs: number | undefined,
  reset: () => void,
): Promise<void> {
  if ('stream' in response ? response.stream.destroyed : response.destroyed) {
    return Promise.resolve();
  }
  const timer = timeoutMs === undefined ? undefined : setTimeout(reset, timeoutMs);
  return new Promise((resolve, reject) => {
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    universalResponseToNodeResponse(answer, response).then(resolve, reject);
  });
}

function adapt(pipeline: Pipeline, plan: MethodPlan): unknown {
  switch (plan.method.methodKind) {
    case 'unary':
      return (request: Message, context: HandlerContext) =>
        pipeline.invoke(plan, request, connectExchange(context));
    case 'client_streaming':
      return async (requests: AsyncIterable<Message>, context: HandlerContext) => {
        for await (const answer of pipeline.open(plan, requests, connectExchange(context))) {
          return answer;
        }
        throw new TypeError(`${plan.name} ended without an answer`);
      };
    default:
      return (input: Message | AsyncIterable<Message>, context: HandlerContext) =>
        pipeline.open(plan, input, connectExchange(context));
  }
}
