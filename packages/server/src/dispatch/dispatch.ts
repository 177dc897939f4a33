import type { Registry } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { Metrics } from '../metrics/index.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { binaryCodec, type Codec, jsonCodec } from './codec.ts';
import { connectProtocol } from './connect.ts';
import { connectQuery } from './connect-get.ts';
import { grpcProtocol } from './grpc.ts';
import { grpcWebProtocol } from './grpc-web.ts';
import type { Fields, HttpCall, HttpReceiver } from './http-call.ts';
import type { UnaryProtocol } from './protocol.ts';
import { UnaryCall } from './unary-call.ts';
import type { FieldsFor, UnaryRoute } from './unary-route.ts';

/**
 * Serves unary calls of gRPC, gRPC-Web and Connect. It knows neither HTTP/1.1 nor HTTP/2: engines bring the head and
 * the body of a request, and carry away status, header fields, bytes and trailers.
 */
export interface Dispatch {
  /**
   * Takes a request on by its head. `undefined` for everything that is no unary call, or an unusual one.
   *
   * @param trailers - whether the engine can send trailers
   */
  accept(http: HttpCall, trailers: boolean): HttpReceiver | undefined;
}

/** What a dispatch needs besides its pipeline. */
export interface DispatchOptions {
  /** Of one message, after decompression. */
  readonly maxMessageBytes: number;
  readonly refuseUnknownJson: boolean;
  /** Calls of Connect that do not name its version are left to somebody who refuses them. */
  readonly requireConnectVersion: boolean;
  /** For `google.protobuf.Any` in JSON. */
  readonly registry: Registry | undefined;
  /** Fields that go with answers to browsers. */
  readonly fieldsFor: FieldsFor | undefined;
  /** Constant fields of every answer a browser may read. */
  readonly securityFields: Fields;
  readonly metrics: Metrics | undefined;
}

interface MethodRoutes {
  /** By content type, in lower case. */
  readonly posts: ReadonlyMap<string, UnaryRoute>;
  /** By the name of the format; `undefined` for methods with side effects. */
  readonly gets: ReadonlyMap<string, UnaryRoute> | undefined;
}

/** Works out, once, how every unary method is served in every content type. */
export function createDispatch(pipeline: Pipeline, options: DispatchOptions): Dispatch {
  const methods = new Map<string, MethodRoutes>();
  for (const plan of pipeline.plans) {
    if (plan.method.methodKind === 'unary') {
      methods.set(`/${plan.name}`, routesOf(plan, pipeline, options));
    }
  }
  return {
    accept: (http, trailers) => {
      const routes = methods.get(http.path);
      if (routes === undefined) {
        return undefined;
      }
      if (http.method === 'POST') {
        const contentType = http.header('content-type');
        const route = contentType === undefined ? undefined : routes.posts.get(contentType);
        if (route === undefined || (route.protocol.name === 'grpc' && !trailers)) {
          return undefined;
        }
        if (
          options.requireConnectVersion &&
          route.protocol.name === 'connect' &&
          http.header('connect-protocol-version') !== '1'
        ) {
          return undefined;
        }
        return new UnaryCall(http, route, http.header(route.protocol.encodingHeader));
      }
      if (http.method === 'GET' && routes.gets !== undefined) {
        const query = connectQuery(http.query, options.requireConnectVersion);
        const route = query && routes.gets.get(query.format);
        return route && new UnaryCall(http, route, query.compression, query.message);
      }
      return undefined;
    },
  };
}

function routesOf(plan: MethodPlan, pipeline: Pipeline, options: DispatchOptions): MethodRoutes {
  const { maxMessageBytes, securityFields } = options;
  const binary = binaryCodec(plan.method);
  const json = jsonCodec(plan.method, {
    registry: options.registry,
    ignoreUnknownFields: !options.refuseUnknownJson,
  });
  const metricsOf = (httpMethod: string) => options.metrics?.route(httpMethod, `/${plan.name}`);
  const [post, get] = [metricsOf('POST'), metricsOf('GET')];
  const route = (protocol: UnaryProtocol, codec: Codec): UnaryRoute => ({
    plan,
    protocol,
    codec,
    pipeline,
    maxMessageBytes,
    maxBodyBytes: protocol.bodyBytes(maxMessageBytes),
    fieldsFor: options.fieldsFor,
    metrics: post,
  });
  const posts = new Map<string, UnaryRoute>();
  for (const [suffix, codec] of [
    ['', binary],
    ['+proto', binary],
    ['+json', json],
  ] as const) {
    const grpc = `application/grpc${suffix}`;
    const web = `application/grpc-web${suffix}`;
    const text = `application/grpc-web-text${suffix}`;
    // No browser speaks plain gRPC.
    posts.set(grpc, { ...route(grpcProtocol(grpc), codec), fieldsFor: undefined });
    posts.set(web, route(grpcWebProtocol(web, false, securityFields), codec));
    posts.set(text, route(grpcWebProtocol(text, true, securityFields), codec));
  }
  const connectBinary = route(connectProtocol('application/proto', securityFields), binary);
  const connectJson = route(connectProtocol('application/json', securityFields), json);
  posts.set('application/proto', connectBinary);
  for (const contentType of JSON_TYPES) {
    posts.set(contentType, connectJson);
  }
  const readsOnly = plan.method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  return {
    posts,
    gets: readsOnly
      ? new Map([
          ['proto', { ...connectBinary, metrics: get }],
          ['json', { ...connectJson, metrics: get }],
        ])
      : undefined,
  };
}

/** As clients write it; every other spelling goes the long way. */
const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
];
