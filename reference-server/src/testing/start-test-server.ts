import { type Logger, pino } from 'pino';
import { type Settings, type SettingsInput, settingsOf } from '../config/index.ts';
import type { RecentLines } from '../live/index.ts';
import { type RunningServer, serve } from '../serve.ts';

/** How a test's server differs from the default: in memory, on a free port of 127.0.0.1, silent. */
export interface TestServerOptions {
  readonly settings?: SettingsInput;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly clock?: () => number;
  readonly logger?: Logger;
  /** What the logger has written of late, for `GetLogs`. */
  readonly logs?: RecentLines;
  /** Reads the settings anew, for `REFRESH_CONFIG`. */
  readonly readSettings?: () => Settings;
}

/** A server for one test. */
export interface TestServer extends RunningServer, AsyncDisposable {}

/**
 * Starts the whole platform for a test. Close it, or declare it with `await using`.
 *
 * @example
 * await using server = await startTestServer();
 * const client = createTacosClient({ baseUrl: server.url });
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const settings = settingsOf({ memory: true, port: 0, logLevel: 'silent', ...options.settings });
  const logger = options.logger ?? pino({ level: settings.logLevel });
  const { clock, logs, readSettings } = options;
  const running = await serve({ settings, logger, logs, readSettings, ...(clock && { clock }) });
  return {
    ...running,
    [Symbol.asyncDispose]: () => running.close({ graceMs: 0 }),
  };
}
