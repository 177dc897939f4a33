export { ErrorCode } from './error-code.ts';
export { Http2Error } from './http2-error.ts';
export { defaultOptions, type Http2Options } from './options.ts';
export type { RequestHead } from './request-head.ts';
export { serveHttp2 } from './serve-http2.ts';
export type { ServerConnection } from './server-connection.ts';
export type { ServerHandler } from './server-handler.ts';
export type { FieldBlock, ServerStream, StreamReceiver } from './server-stream.ts';
