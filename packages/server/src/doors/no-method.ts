import { fieldBlock } from '../dispatch/index.ts';
import { type Metrics, UNMATCHED } from '../metrics/index.ts';
import { traceIdOf } from '../pipeline/trace.ts';
import type { Door } from './door.ts';
import { type PageTools, pageReceiver } from './page.ts';

/** Canonical status UNIMPLEMENTED. */
const UNIMPLEMENTED = '12';

/** Tells a gRPC client that there is no such method: it looks for that in other places than everybody else. */
export function noMethodDoor(tools: PageTools, metrics: Metrics | undefined): Door {
  return {
    accept: (http) => {
      const contentType = http.header('content-type');
      if (contentType?.startsWith('application/grpc') !== true) {
        return undefined;
      }
      const message = encodeURIComponent(`${http.path} is not served here`);
      return pageReceiver(
        http,
        () => ({
          status: 200,
          block: fieldBlock('content-type', contentType),
          own: [
            ...['grpc-status', UNIMPLEMENTED, 'grpc-message', message],
            ...['x-trace-id', traceIdOf(http.header('traceparent'))],
          ],
          body: '',
        }),
        tools,
        metrics?.route(http.method, UNMATCHED),
      );
    },
  };
}
