export type { AccessLog, AccessLogOption } from './access-log.ts';
export { type CallLog, type CallLogOptions, createCallLog } from './call-log.ts';
export { type CreateLoggerOptions, createLogger } from './create-logger.ts';
export { errorEntry } from './error-entry.ts';
export { scrub } from './scrub.ts';
export { serverLog } from './server-log.ts';
export { type InShare, traceShare } from './trace-share.ts';
