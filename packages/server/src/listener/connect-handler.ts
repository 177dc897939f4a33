import { constants } from 'node:http2';
import type { Logger } from 'pino';
import type { Fields } from '../dispatch/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { Engine } from './connect-engine.ts';
import type { RequestInfo } from './connect-exchange.ts';
import { type CorsOptions, corsHandler } from './cors.ts';
import type { HttpRequest, HttpResponse, NodeResponse } from './http-types.ts';
import { pathOf } from './http-types.ts';
import { verifiedCertificate } from './verified-certificate.ts';

/** What is needed to serve a request by connect-es. */
export interface ConnectHandlerOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
  readonly cors: CorsOptions | undefined;
  /** Constant fields of every answer. */
  readonly securityFields: Fields;
}

/** Serves one request of either HTTP version. */
export type RequestHandler = (request: HttpRequest, response: NodeResponse) => void;

/** Serves calls of methods that no other door takes: streams, and what is unusual. */
export function createConnectHandler(options: ConnectHandlerOptions): RequestHandler {
  const { engine, logger, metrics, securityFields } = options;
  const cors = options.cors && corsHandler(options.cors);

  return (request, nodeResponse) => {
    const startedAt = performance.now();
    const response: HttpResponse = nodeResponse;
    // An aborted connection is an error of both streams; without a listener it would end the process.
    request.on('error', ignore);
    nodeResponse.on('error', ignore);
    const { traceparent } = request.headers;
    const traceId = traceIdOf(typeof traceparent === 'string' ? traceparent : undefined);
    response.setHeader('x-trace-id', traceId);
    for (let at = 0; at < securityFields.length; at += 2) {
      response.setHeader(securityFields[at] ?? '', securityFields[at + 1] ?? '');
    }
    if (cors?.(request, response) === true) {
      return;
    }
    const path = pathOf(request);
    const plan = engine.find(path);
    if (plan === undefined) {
      throw new TypeError(`${path} leads to no method; expected another door to take it`);
    }
    const info: RequestInfo = {
      traceId,
      get peer() {
        return request.socket.remoteAddress;
      },
      peerCertificate: () => verifiedCertificate(request.socket),
      reset: () => tearDown(nodeResponse),
      unsendable: (header) => {
        const line = { service: plan.service.typeName, method: plan.method.name, trace_id: traceId };
        logger.error({ ...line, header }, 'a header of an answer has a value that HTTP cannot carry');
      },
      served: false,
    };
    const count = (status: number): void =>
      metrics?.route(request.method ?? '', path).record(status, (performance.now() - startedAt) / 1000);
    engine.serve(request, nodeResponse, path, info).then(
      ({ httpStatus, grpcStatus }) => {
        count(httpStatus);
        if (!info.served) {
          const line = { service: plan.service.typeName, method: plan.method.name, trace_id: traceId };
          logger.info({ ...line, http_status: httpStatus, grpc_status: grpcStatus }, 'call refused unread');
        }
      },
      (err: unknown) => {
        const gone = request.destroyed || response.headersSent;
        logger[gone ? 'debug' : 'warn']({ err, trace_id: traceId }, 'a request could not be served');
        if (response.headersSent) {
          tearDown(nodeResponse);
          return;
        }
        count(400);
        response.writeHead(400);
        response.end('');
      },
    );
  };
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
