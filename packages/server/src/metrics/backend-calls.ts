import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type Interceptor, type StreamResponse } from '@connectrpc/connect';
import type { Metrics } from './create-metrics.ts';
import { type MethodMetrics, methodType } from './method-metrics.ts';

/**
 * Counts and times the calls that a client makes to other services. For the transports of connect-es:
 * `createGrpcTransport({ baseUrl, interceptors: [backendCalls(metrics)] })`. A stream lasts until its last message.
 */
export function backendCalls(metrics: Pick<Metrics, 'backend'>): Interceptor {
  const known = new WeakMap<DescMethod, MethodMetrics>();
  const figuresOf = (method: DescMethod): MethodMetrics => {
    let figures = known.get(method);
    if (figures === undefined) {
      figures = metrics.backend(method.parent.typeName, method.name, methodType(method));
      known.set(method, figures);
    }
    return figures;
  };

  return (next) => async (request) => {
    const figures = figuresOf(request.method);
    const startedAt = performance.now();
    let counted = false;
    const ended = (code: number): void => {
      if (!counted) {
        counted = true;
        figures.record(code, (performance.now() - startedAt) / 1000);
      }
    };
    try {
      const response = await next(request);
      if (response.stream) {
        // connect-es asks for no further message once a call is over, and does not say that it has stopped.
        const { signal } = request;
        signal.addEventListener('abort', () => ended(codeOf(signal.reason)), { once: true });
        return { ...response, message: timed(response.message, ended) };
      }
      ended(0);
      return response;
    } catch (reason) {
      ended(codeOf(reason));
      throw reason;
    }
  };
}

function codeOf(reason: unknown): Code {
  return ConnectError.from(reason, Code.Canceled).code;
}

async function* timed(messages: StreamResponse['message'], ended: (code: number) => void) {
  try {
    yield* messages;
    ended(0);
  } catch (reason) {
    ended(codeOf(reason));
    throw reason;
  }
}
