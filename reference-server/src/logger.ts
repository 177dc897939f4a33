import { createLogger as createServerLogger } from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Settings } from './config/index.ts';

/**
 * The server's log: JSON lines on standard output.
 *
 * @param tail Is handed every line as well.
 */
export function createLogger(level: Settings['logLevel'], tail?: (line: string) => void): Logger {
  return createServerLogger({ level, tail });
}
