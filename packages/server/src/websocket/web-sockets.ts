import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DescMethod, Registry } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Fields } from '../dispatch/index.ts';
import type { ErrorModel } from '../errors/model.ts';
import { statusModel } from '../errors/status-model.ts';
import type { Limits } from '../limits.ts';
import type { BodyBudget } from '../listener/body-budget.ts';
import type { CorsOptions } from '../listener/cors.ts';
import { pathOf } from '../listener/target.ts';
import type { UpgradeHandler } from '../listener/upgrade.ts';
import { type Metrics, UNMATCHED } from '../metrics/index.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import { canonicalErrors } from '../rest/response/error-model.ts';
import { errorReader } from '../rest/response/error-parts.ts';
import { errorResponse } from '../rest/response/error-writer.ts';
import { methodNotAllowed, noRoute } from '../rest/response/no-route.ts';
import { RestError } from '../rest/rest-error.ts';
import { Connection } from './connection.ts';
import { handshakeOf } from './handshake.ts';
import { watchIntake } from './intake.ts';
import { completeOptions, type WebSocketOptions } from './options.ts';
import { originCheck } from './origin.ts';
import { refuseHandshake } from './refusal.ts';
import { streamMethods } from './stream-methods.ts';
import type { WebSocketTools } from './tools.ts';

/** The connections of a server. */
export interface WebSockets extends UpgradeHandler {
  /** Where they are opened. */
  readonly path: string;
  /** How many are open. */
  readonly connections: number;
}

/** What connections are served with. */
export interface WebSocketParts {
  readonly options: WebSocketOptions;
  readonly pipeline: Pipeline;
  /** A method with all its options. */
  readonly describe: (method: DescMethod) => DescMethod;
  /** For `google.protobuf.Any`. */
  readonly registry: Registry;
  readonly refuseUnknownJson: boolean;
  readonly limits: Limits;
  /** For messages of all connections that have not arrived completely. */
  readonly budget: BodyBudget;
  /** The contract's own errors. Default: canonical statuses. */
  readonly errors: ErrorModel | undefined;
  readonly cors: CorsOptions | undefined;
  /** Constant fields of every refusal. */
  readonly securityFields: Fields;
  readonly metrics: Metrics | undefined;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Milliseconds that a client gets to answer a close frame. */
const CLOSE_TIMEOUT_MS = 5000;

/** Takes WebSocket connections on. @throws Error that names an option which is out of range */
export function createWebSockets(parts: WebSocketParts): WebSockets {
  const { limits, pipeline, logger, clock, metrics } = parts;
  const options = completeOptions(parts.options, limits.maxStreamsPerConnection);
  const tools: WebSocketTools = {
    options,
    pipeline,
    methods: streamMethods(pipeline.plans, parts),
    errors: parts.errors ?? statusModel,
    errorReader: errorReader(parts.errors ?? canonicalErrors),
    logger,
    clock,
    idleTimeoutMs: limits.idleTimeoutMs,
  };
  const originOf = originCheck(parts.cors);
  const settings = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.maxRequestBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // No subprotocol is spoken; what a client offers is not repeated.
    handleProtocols: (): false => false,
  };
  const server = new WebSocketServer(settings);
  const intake = { budget: parts.budget, timeoutMs: limits.requestTimeoutMs };
  const open = new Set<Connection>();
  let isDraining = false;

  const count = (request: IncomingMessage, status: number, startedAt = performance.now()): void => {
    const route = pathOf(request) === options.path ? options.path : UNMATCHED;
    metrics?.route(request.method ?? '', route).record(status, (performance.now() - startedAt) / 1000);
  };
  const refuse = (request: IncomingMessage, socket: Duplex, reason: RestError): void => {
    const call = { path: pathOf(request), traceId: traceIdOf(undefined), now: clock() };
    const response = errorResponse(tools.errorReader.thrown(reason), call);
    count(request, response.status);
    refuseHandshake(socket, response, parts.securityFields);
  };
  server.on('wsClientError', (err: Error, socket: Duplex, request: IncomingMessage) => {
    const headers = { 'sec-websocket-version': '13' };
    refuse(request, socket, new RestError(Code.InvalidArgument, err.message, { httpStatus: 400, headers }));
  });

  const refusalOf = (request: IncomingMessage): RestError | undefined => {
    const path = pathOf(request);
    const method = request.method ?? '';
    if (path !== options.path) {
      return noRoute(method, path);
    }
    if (method !== 'GET') {
      return methodNotAllowed(method, path, 'GET');
    }
    if (isDraining) {
      return new RestError(Code.Unavailable, 'the server is shutting down', { httpStatus: 503 });
    }
    return undefined;
  };

  return {
    path: options.path,
    get connections() {
      return open.size;
    },
    upgrade: (request, socket, head) => {
      const refusal = refusalOf(request);
      const origin = originOf(request);
      if (refusal !== undefined) {
        refuse(request, socket, refusal);
      } else if (origin === 'refused') {
        const message = 'pages of this origin may not connect; expected one that CORS allows';
        const details = [{ field: 'origin', reason: 'ORIGIN_NOT_ALLOWED' }];
        refuse(request, socket, new RestError(Code.PermissionDenied, message, { httpStatus: 403, details }));
      } else {
        server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
          count(request, 101);
          const connection = new Connection(webSocket, handshakeOf(request, origin), tools);
          open.add(connection);
          watchIntake(socket, intake, connection);
          webSocket.once('close', () => open.delete(connection));
        });
      }
    },
    drain: () => {
      isDraining = true;
      for (const connection of open) {
        connection.drain();
      }
    },
  };
}
