import type { Logger } from 'pino';
import { createLogger } from './create-logger.ts';

/** JSON lines on standard output. */
export function createDefaultLogger(name: string | undefined): Logger {
  return createLogger({ name });
}
