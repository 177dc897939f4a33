import { constants } from 'node:http2';
import type { Logger } from 'pino';
import type { CorsOptions } from '../options.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { Engine } from './connect-engine.ts';
import type { RequestInfo } from './connect-exchange.ts';
import { corsHandler } from './cors.ts';
import { type HttpRequest, type HttpResponse, type NodeResponse, pathOf } from './http-types.ts';
import { sendError, sendJson } from './json.ts';

/** What a port serves. */
export interface RequestHandlerOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly cors: CorsOptions | undefined;
  /** Whether new calls are welcome. */
  readonly ready: () => Promise<boolean>;
  readonly clock: () => number;
}

/** Serves one request of either HTTP version. */
export type RequestHandler = (request: HttpRequest, response: NodeResponse) => void;

/** Calls of methods go to the engine; everything else is health checks, CORS, and 404. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { engine, logger, ready } = options;
  const cors = options.cors === undefined ? undefined : corsHandler(options.cors);

  return (request, nodeResponse) => {
    const response: HttpResponse = nodeResponse;
    // An aborted connection is an error of both streams; without a listener it would end the process.
    request.on('error', ignore);
    nodeResponse.on('error', ignore);
    const { traceparent } = request.headers;
    const traceId = traceIdOf(typeof traceparent === 'string' ? traceparent : undefined);
    response.setHeader('x-trace-id', traceId);
    response.setHeader('x-content-type-options', 'nosniff');
    if (cors?.(request, response) === true) {
      return;
    }
    const path = pathOf(request);
    const plan = engine.find(path);
    if (plan !== undefined) {
      const info: RequestInfo = {
        traceId,
        get peer() {
          return request.socket.remoteAddress;
        },
        reset: () => tearDown(nodeResponse),
        served: false,
      };
      engine.serve(request, nodeResponse, path, info).then(
        ({ httpStatus, grpcStatus }) => {
          if (!info.served) {
            const line = { service: plan.service.typeName, method: plan.method.name, trace_id: traceId };
            logger.info({ ...line, http_status: httpStatus, grpc_status: grpcStatus }, 'call refused unread');
          }
        },
        (err: unknown) => {
          const gone = request.destroyed || response.headersSent;
          logger[gone ? 'debug' : 'warn']({ err, trace_id: traceId }, 'a request could not be served');
          refuse(nodeResponse, 400, 'INVALID_ARGUMENT', 'malformed request', path, traceId);
        },
      );
    } else if (path === '/healthz') {
      sendJson(response, 200, { status: 'ok' });
    } else if (path === '/readyz') {
      ready().then(
        (yes) => sendJson(response, yes ? 200 : 503, { status: yes ? 'ok' : 'unavailable' }),
        (err: unknown) => {
          logger.warn({ err }, 'the check for readiness failed');
          sendJson(response, 503, { status: 'unavailable' });
        },
      );
    } else if (request.headers['content-type']?.startsWith('application/grpc')) {
      // What a gRPC client takes for "no such method", whatever the HTTP status.
      response.writeHead(200, {
        'content-type': request.headers['content-type'],
        'grpc-status': 12,
        'grpc-message': encodeURIComponent(`${path} is not served here`),
      });
      response.end('');
    } else {
      refuse(nodeResponse, 404, 'NOT_FOUND', `${request.method} ${path} is not served here`, path, traceId);
    }
  };

  function refuse(
    response: NodeResponse,
    status: number,
    code: string,
    message: string,
    path: string,
    traceId: string,
  ): void {
    if (response.headersSent) {
      tearDown(response);
      return;
    }
    sendError(response, status, {
      code,
      message,
      path,
      traceId,
      timestamp: new Date(options.clock()).toISOString(),
    });
  }
}

/** Ends a response that cannot be completed, together with what of it has not left yet. */
function tearDown(response: NodeResponse): void {
  if ('stream' in response) {
    response.stream.close(constants.NGHTTP2_CANCEL);
  } else {
    response.destroy();
  }
}

function ignore(): void {
  // The engine notices by itself.
}
