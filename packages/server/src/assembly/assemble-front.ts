import type { DescMethod } from '@bufbuild/protobuf';
import type { Policy } from '@traffic-tacos/policy';
import type { Logger } from 'pino';
import { connectDoor } from '../connect/connect-door.ts';
import type { Engine } from '../connect/engine.ts';
import type { Descriptors } from '../descriptors.ts';
import { createDispatch, type Fields, type FieldsFor, fieldBlock } from '../dispatch/index.ts';
import { apiPage, PAGE_PATH, toApiPage } from '../doors/api-page.ts';
import { doorsInOrder, type Front } from '../doors/door.ts';
import { noMethodDoor } from '../doors/no-method.ts';
import type { Page } from '../doors/page.ts';
import { isFolder, pagesDoor } from '../doors/pages.ts';
import { preflightDoor } from '../doors/preflight.ts';
import { notFoundDoor, restDoor } from '../doors/rest-door.ts';
import { wholeServerDoor } from '../doors/whole-server.ts';
import type { HealthState, Readiness } from '../health/index.ts';
import { HealthStatus, SERVER } from '../health/index.ts';
import type { Limits } from '../limits.ts';
import { createCors } from '../listener/cors.ts';
import type { Metrics } from '../metrics/index.ts';
import type { ServerOptions } from '../options.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { createOpenApi, createTranscoder, type OpenApiDocument, type Transcoder } from '../rest/index.ts';
import { createApiPage } from '../rest/page.ts';
import { systemTime } from '../time/clocks.ts';
import { plainRequestDoor } from '../websocket/index.ts';

/** What stands behind the port. */
export interface FrontParts {
  readonly options: ServerOptions;
  readonly descriptors: Descriptors;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Of calls. */
  readonly callLogger: Logger;
  readonly metrics: Metrics | undefined;
  readonly pipeline: Pipeline;
  readonly engine: Engine;
  readonly health: HealthState;
  readonly readiness: Readiness;
  readonly securityFields: Fields;
  /** Where WebSocket connections are opened; `undefined` where none are. */
  readonly webSocketPath: string | undefined;
}

/**
 * Everything that takes requests on: unary calls first, because they are many. Streams of methods are left to
 * connect-es.
 */
export function assembleFront(parts: FrontParts): Front {
  const { options, descriptors, limits, logger, metrics, pipeline, engine, securityFields } = parts;
  const cors = options.cors && createCors(options.cors);
  const fieldsFor: FieldsFor | undefined =
    cors &&
    ((http) => {
      const { fields } = cors(http.header('origin'), http.method, undefined);
      return fields.length === 0 ? undefined : fields;
    });
  const refuseUnknownJson = options.refuseUnknownJson === true;
  const dispatch = createDispatch(pipeline, {
    maxMessageBytes: limits.maxRequestBytes,
    refuseUnknownJson,
    requireConnectVersion: options.requireConnectProtocolHeader === true,
    registry: descriptors.types,
    fieldsFor,
    securityFields,
    metrics,
  });
  const policy = (method: DescMethod): Policy => pipeline.find(method)?.policy ?? raise(method.name);
  const transcoder = createTranscoder({
    methods: pipeline.plans.map((plan) => descriptors.describe(plan.method)),
    registry: descriptors.types,
    errors: options.errors,
    policy,
    refuseUnknownJson,
  });
  const api =
    options.openApi === false || transcoder.routes.length === 0
      ? []
      : apiPage(() => createApiPage({ document: documentOf(parts, transcoder, policy) }), securityFields);
  const ownPages = new Map([...pages(parts), ...api]);
  const isRootTaken = transcoder.match('GET', '/') !== undefined || parts.webSocketPath === '/';
  const allPages = new Map([
    ...ownPages,
    ...(ownPages.has(PAGE_PATH) && !isRootTaken ? [['/', toApiPage(securityFields)] as const] : []),
  ]);
  if (parts.webSocketPath !== undefined) {
    checkWebSocketPath(parts.webSocketPath, allPages, transcoder, engine);
  }
  const tools = { logger, fieldsFor };
  const rest = {
    ...tools,
    transcoder,
    pipeline,
    maxMessageBytes: limits.maxRequestBytes,
    securityFields,
    metrics,
    clock: options.clock ?? systemTime,
  };
  const others = doorsInOrder(
    cors && preflightDoor(cors, tools, securityFields),
    pagesDoor(allPages, tools, securityFields, metrics),
    restDoor(rest),
    parts.webSocketPath === undefined
      ? undefined
      : plainRequestDoor(parts.webSocketPath, securityFields, tools, metrics),
    wholeServerDoor(tools, securityFields, metrics),
    noMethodDoor(tools, securityFields, metrics),
  );
  const connect = connectDoor({ engine, logger: parts.callLogger, metrics, fieldsFor, securityFields });
  const last = notFoundDoor(rest);
  return {
    accept: (http, trailers) => {
      // Preflights are about methods, too.
      const receiver =
        dispatch.accept(http, trailers) ??
        (http.method === 'OPTIONS' ? undefined : connect.accept(http, trailers)) ??
        others.accept(http, trailers);
      return receiver ?? last.accept(http, trailers);
    },
  };
}

function* pages({ health, readiness, metrics, securityFields }: FrontParts): Generator<[string, Page]> {
  const json = fieldBlock('content-type', 'application/json', 'cache-control', 'no-store', ...securityFields);
  yield ['/healthz', () => ({ status: 200, block: json, body: '{"status":"ok"}' })];
  yield [
    '/readyz',
    async () => {
      await readiness.probe();
      return health.get(SERVER) === HealthStatus.SERVING
        ? { status: 200, block: json, body: '{"status":"ok"}' }
        : { status: 503, block: json, body: '{"status":"unavailable"}' };
    },
  ];
  if (metrics !== undefined) {
    yield [
      '/metrics',
      async () => {
        const { contentType, body } = await metrics.render();
        return {
          status: 200,
          block: fieldBlock('content-type', contentType, 'cache-control', 'no-store', ...securityFields),
          body,
        };
      },
    ];
  }
}

/** @throws Error for a path where something else is served */
function checkWebSocketPath(
  path: string,
  allPages: ReadonlyMap<string, Page>,
  transcoder: Transcoder,
  engine: Engine,
): void {
  const match = transcoder.match('GET', path);
  const method = match?.kind === 'route' ? match.route.name : engine.find(path) && path.slice(1);
  const page = [...allPages.keys()].find((own) => own === path || (isFolder(own) && path.startsWith(own)));
  const other = method ?? (page && `the page ${page}`);
  if (other !== undefined) {
    throw new Error(
      `webSocket.path is ${path}, where ${other} is served; expected a path of its own, or webSocket: false`,
    );
  }
}

function documentOf(
  { options, descriptors }: FrontParts,
  { routes }: Transcoder,
  policy: (method: DescMethod) => Policy,
): OpenApiDocument {
  const about = options.openApi === false ? undefined : options.openApi;
  return createOpenApi({
    title: about?.title ?? options.name ?? 'API',
    version: about?.version ?? '0.0.0',
    description: about?.description,
    routes,
    registry: descriptors.types,
    errors: options.errors,
    policy,
    requireKeys: options.profile?.requireIdempotencyKey ?? true,
  });
}

function raise(name: string): never {
  throw new TypeError(`${name} has no policy`);
}
