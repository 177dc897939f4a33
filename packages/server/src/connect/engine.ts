import type { DescService, Message, Registry } from '@bufbuild/protobuf';
import { createConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { binaryCodec, jsonCodec } from '../dispatch/codec.ts';
import type { Limits } from '../limits.ts';
import type { BodyBudget } from '../listener/body-budget.ts';
import type { StreamInput } from '../pipeline/intercept.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type ConnectExchange, connectExchange, withoutOwnFields } from './exchange.ts';
import { withGrpcWebText } from './grpc-web-text.ts';
import { withWholeEnvelopes } from './whole-envelopes.ts';

/** A method as connect-es serves it. */
export interface ConnectRoute {
  readonly plan: MethodPlan;
  readonly handler: UniversalHandler;
}

/** Serves gRPC, gRPC-Web and Connect. */
export interface Engine {
  /** What a path leads to. */
  find(path: string): ConnectRoute | undefined;
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
  const routes = new Map<string, ConnectRoute>();
  for (const handler of router.handlers) {
    const plan = pipeline.find(handler.method);
    if (plan !== undefined) {
      routes.set(handler.requestPath, {
        handler: withGrpcWebText(withWholeEnvelopes(handler, budget)),
        plan,
      });
    }
  }
  return { find: (path) => routes.get(path) };
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
