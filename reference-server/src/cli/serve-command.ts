import { randomUUID } from 'node:crypto';
import { readSettings, shownSettings } from '../config/index.ts';
import { recentLines } from '../live/index.ts';
import { createLogger } from '../logger.ts';
import { serve } from '../serve.ts';
import type { Flags } from './flags.ts';
import { welcome } from './welcome.ts';

/** Serves until SIGINT or SIGTERM; a second signal does not wait for running calls. */
export async function serveCommand(flags: Flags): Promise<void> {
  const { welcome: greet, reset: _, ...given } = flags;
  const read = () => readSettings(given, process.env);
  const settings = read();
  const logs = recentLines({ id: randomUUID() });
  const logger = createLogger(settings.logLevel, logs.add);
  logger.debug({ settings: shownSettings(settings) }, 'settings');
  const running = await serve({ settings, logger, logs, readSettings: read });
  logger.info(
    { url: running.url, data: settings.memory ? 'memory' : settings.data, seeded: running.seeded },
    'listening',
  );
  if (greet) {
    process.stderr.write(await welcome(running.platform.catalog, running.url, settings));
  }
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    logger.info({ signal, waits: !stopping }, 'stopping');
    if (stopping) {
      process.exit(130);
    }
    stopping = true;
    running.close({ drainDelayMs: settings.drainDelayMs, graceMs: settings.graceMs }).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}
