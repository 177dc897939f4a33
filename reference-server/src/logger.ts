import { createLogger as createServerLogger } from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Settings } from './config/index.ts';

/** The server's log: JSON lines on standard output. */
export function createLogger(level: Settings['logLevel']): Logger {
  return createServerLogger({ level });
}
