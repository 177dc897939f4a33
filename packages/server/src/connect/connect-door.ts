import { Code, ConnectError, createContextValues } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { concatFields, type Fields, type FieldsFor, fieldBlock, type HttpCall } from '../dispatch/index.ts';
import type { Door } from '../doors/door.ts';
import type { Metrics } from '../metrics/index.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { ConnectRoute, Engine } from './engine.ts';
import { type RequestInfo, requestInfoKey } from './exchange.ts';
import { withoutFarTimeouts } from './far-timeouts.ts';
import { type Outgoing, sendInPieces, sendWhole } from './send-answer.ts';
import { sendable } from './sendable.ts';

/** What is needed to serve a request by connect-es. */
export interface ConnectDoorOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
  readonly fieldsFor: FieldsFor | undefined;
  /** Constant fields of every answer. */
  readonly securityFields: Fields;
}

/** Takes calls of methods that no other door takes: streams, and what is unusual. */
export function connectDoor(options: ConnectDoorOptions): Door {
  return {
    accept: (http) => {
      const route = options.engine.find(http.path);
      if (route === undefined) {
        return undefined;
      }
      const { methodKind } = route.plan.method;
      const gone = new AbortController();
      return {
        maxBodyBytes: undefined,
        isOpenEnded: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
        opened: (body) => serve(http, route, body, gone.signal, options),
        gone: () => gone.abort(new ConnectError('the client is gone', Code.Canceled)),
      };
    },
  };
}

function serve(
  http: HttpCall,
  route: ConnectRoute,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  { logger, metrics, fieldsFor, securityFields }: ConnectDoorOptions,
): void {
  const startedAt = performance.now();
  const traceId = traceIdOf(http.header('traceparent'));
  const { service, method } = route.plan;
  const line = { service: service.typeName, method: method.name, trace_id: traceId };
  const info: RequestInfo = {
    traceId,
    peer: http.peer,
    peerCertificate: () => http.peerCertificate(),
    reset: () => http.reset(),
    unsendable: (header) =>
      logger.error({ ...line, header }, 'a header of an answer has a value that HTTP cannot carry'),
    served: false,
  };
  const fields = concatFields(['x-trace-id', traceId, ...securityFields], fieldsFor?.(http)) ?? [];
  const count = (status: number): void =>
    metrics?.route(http.method, http.path).record(status, (performance.now() - startedAt) / 1000);
  const outgoing: Outgoing = { http, fields, signal };
  answer(route, body, info, outgoing).then(
    ({ status, trailer }) => {
      count(status);
      if (!info.served) {
        const grpcStatus = trailer?.get('grpc-status') ?? undefined;
        logger.info({ ...line, http_status: status, grpc_status: grpcStatus }, 'call refused unread');
      }
    },
    (err: unknown) => {
      const { isAnswered } = http;
      logger[signal.aborted || isAnswered ? 'debug' : 'warn'](
        { err, trace_id: traceId },
        'a request could not be served',
      );
      if (isAnswered) {
        http.reset();
        return;
      }
      count(400);
      http.send(400, fieldBlock(...fields), undefined, undefined);
    },
  );
}

async function answer(
  { handler, plan }: ConnectRoute,
  body: AsyncIterable<Uint8Array>,
  info: RequestInfo,
  outgoing: Outgoing,
) {
  const { http, signal } = outgoing;
  const answer = await handler({
    // connect-es refuses two-way streams over HTTP/1.1, which clients of half of them can do.
    httpVersion: '2.0',
    method: http.method,
    url: new URL(http.url()).href,
    header: withoutFarTimeouts(http.headers()),
    body,
    signal,
    contextValues: createContextValues().set(requestInfoKey, info),
  });
  const send = plan.method.methodKind === 'unary' ? sendWhole : sendInPieces;
  await send(sendable(answer, info.unsendable), outgoing);
  return answer;
}
