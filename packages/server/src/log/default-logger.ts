import { type Logger, pino } from 'pino';

/** JSON lines on standard output, with `ts` in ISO 8601 and levels by name. */
export function createDefaultLogger(name: string | undefined): Logger {
  return pino({
    ...(name === undefined ? {} : { name }),
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  });
}
