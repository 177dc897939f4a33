import type { TracedRequest } from '../index.ts';

/** Ids of the trace and the span that a request comes with. */
export const TRACE = '0af7651916cd43dd8448eb211c80319c';
export const SPAN = 'b7ad6b7169203331';
/** The trace id of a request that comes with none. */
export const OWN = '11111111111111111111111111111111';

/** Headers of a request that belongs to a trace. */
export const sampled = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'a=1,b=2' };
export const unsampled = { traceparent: `00-${TRACE}-${SPAN}-00` };

/** A request with the given headers. */
export function request(
  headers: Record<string, string> = {},
  init: Partial<TracedRequest> = {},
): TracedRequest {
  return {
    traceId: headers.traceparent === undefined ? OWN : TRACE,
    protocol: 'grpc',
    url: 'http://shop.example:8080/library.v1.LibraryService/GetBook',
    peer: '10.0.0.7',
    header: new Headers(headers),
    ...init,
  };
}
