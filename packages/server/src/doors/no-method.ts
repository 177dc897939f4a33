import { Code, ConnectError } from '@connectrpc/connect';
import { errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { type Fields, fieldBlock, type HttpCall } from '../dispatch/index.ts';
import { type Metrics, UNMATCHED } from '../metrics/index.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { Door } from './door.ts';
import { type PageAnswer, type PageTools, pageReceiver } from './page.ts';

/** What Connect's clients take for UNIMPLEMENTED even when they cannot read the body. */
const NOT_FOUND = 404;

/**
 * Tells clients of gRPC and Connect that there is no such method: each looks for that in another place.
 *
 * @param security - constant fields of every answer
 */
export function noMethodDoor(tools: PageTools, security: Fields, metrics: Metrics | undefined): Door {
  const json = fieldBlock('content-type', 'application/json', ...security);
  return {
    accept: (http) => {
      const contentType = http.header('content-type') ?? '';
      const answer = contentType.startsWith('application/grpc')
        ? grpcAnswer(http, contentType)
        : isConnect(http, contentType)
          ? connectAnswer(http, json)
          : undefined;
      return answer && pageReceiver(http, () => answer, tools, metrics?.route(http.method, UNMATCHED));
    },
  };
}

function isConnect(http: HttpCall, contentType: string): boolean {
  return (
    http.header('connect-protocol-version') !== undefined ||
    contentType === 'application/proto' ||
    contentType.startsWith('application/connect+')
  );
}

function refusal(http: HttpCall): ConnectError {
  return new ConnectError(`${http.path} is not served here`, Code.Unimplemented);
}

function traceFields(http: HttpCall): Fields {
  return ['x-trace-id', traceIdOf(http.header('traceparent'))];
}

function grpcAnswer(http: HttpCall, contentType: string): PageAnswer {
  const { code, rawMessage } = refusal(http);
  return {
    status: 200,
    block: fieldBlock('content-type', contentType),
    own: ['grpc-status', String(code), 'grpc-message', encodeURIComponent(rawMessage), ...traceFields(http)],
    body: '',
  };
}

function connectAnswer(http: HttpCall, block: PageAnswer['block']): PageAnswer {
  return {
    status: NOT_FOUND,
    block,
    own: traceFields(http),
    body: errorToJsonBytes(refusal(http), undefined),
  };
}
