import type { Logger } from 'pino';

/** The name of a server that has none. */
const UNNAMED = 'server';

/**
 * The log of a server's own affairs: where a line about a call names the called service, its lines name the server.
 *
 * @param name - of the server
 */
export function serverLog(logger: Logger, name: string | undefined): Logger {
  return logger.child({ service: name ?? UNNAMED });
}
