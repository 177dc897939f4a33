import { type Logger, pino } from 'pino';
import type { Settings } from './config/index.ts';

/** The server's log: JSON lines on standard output. */
export function createLogger(level: Settings['logLevel']): Logger {
  return pino({
    level,
    base: null,
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  });
}
