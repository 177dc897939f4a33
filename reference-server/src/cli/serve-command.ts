import { randomUUID } from 'node:crypto';
import type { CloseOptions } from '@traffic-tacos/server';
import { readSettings, settingRemarks, shownSettings } from '../config/index.ts';
import { recentLines } from '../live/index.ts';
import { createLogger } from '../logger.ts';
import { serve } from '../serve.ts';
import type { Flags } from './flags.ts';
import { welcome } from './welcome.ts';

/** Milliseconds for which a server whose store has failed still answers UNAVAILABLE, and then for calls to end. */
const FAILED_MS = 1_000;

/**
 * Serves until SIGINT or SIGTERM; a second signal does not wait for running calls. Ends with exit code 1 when the store
 * has failed.
 */
export async function serveCommand(flags: Flags): Promise<void> {
  const { welcome: greet, reset: _, ...given } = flags;
  const read = () => readSettings(given, process.env);
  const settings = read();
  const logs = recentLines({ id: randomUUID() });
  const logger = createLogger(settings.logLevel, logs.add);
  logger.debug({ settings: shownSettings(settings) }, 'settings');
  for (const remark of settingRemarks(settings, process.env)) {
    logger.warn(remark);
  }
  const running = await serve({ settings, logger, logs, readSettings: read });
  logger.info(
    { url: running.url, data: settings.memory ? 'memory' : settings.data, seeded: running.seeded },
    'listening',
  );
  if (greet) {
    process.stderr.write(await welcome(running.platform.catalog, running.url, settings));
  }
  let stopping = false;
  const end = (code: number, how: CloseOptions): void => {
    stopping = true;
    running.close(how).then(
      () => process.exit(code),
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal, waits: !stopping }, 'stopping');
    if (stopping) {
      process.exit(130);
    }
    end(0, { drainDelayMs: settings.drainDelayMs, graceMs: settings.graceMs });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // The store never comes back in this process: whoever watches over it can start another.
  running.failed.then((reason) => {
    logger.fatal({ reason: reason.message }, 'the store has failed; the server ends');
    if (!stopping) {
      end(1, { drainDelayMs: FAILED_MS, graceMs: FAILED_MS });
    }
  });
}
