import type { Http2ServerRequest } from 'node:http2';
import { constants } from 'node:http2';

/** Ends requests that take too long to arrive; node:http does so by itself, node:http2 does not. */
export interface RequestClock {
  watch(request: Http2ServerRequest): void;
  stop(): void;
}

/** Looks at all requests once a second at most, instead of starting a timer for each. */
export function createRequestClock(timeoutMs: number): RequestClock {
  const arriving = new Map<Http2ServerRequest, number>();
  const sweep = setInterval(
    () => {
      const before = performance.now() - timeoutMs;
      for (const [request, since] of arriving) {
        if (since > before) {
          return;
        }
        arriving.delete(request);
        request.stream.close(constants.NGHTTP2_CANCEL);
      }
    },
    Math.min(1000, timeoutMs),
  );
  sweep.unref();
  return {
    watch: (request) => {
      if (!request.readableEnded && !request.stream.endAfterHeaders) {
        arriving.set(request, performance.now());
        const arrived = (): void => {
          arriving.delete(request);
        };
        request.once('end', arrived);
        request.once('close', arrived);
      }
    },
    stop: () => clearInterval(sweep),
  };
}
