import type { HttpResponse } from './http-types.ts';

/** Answers with a JSON body. */
export function sendJson(response: HttpResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** Answers with an error in the shape that REST clients know. */
export function sendError(
  response: HttpResponse,
  status: number,
  error: { code: string; message: string; path: string; traceId: string; timestamp: string },
): void {
  sendJson(response, status, { error: { ...error, details: [] } });
}
