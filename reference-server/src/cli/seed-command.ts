import { readSettings } from '../config/index.ts';
import { resetDemo } from '../demo/index.ts';
import { seedDemo } from '../demo/seed-demo.ts';
import { createLogger } from '../logger.ts';
import { openStore } from '../open-store.ts';
import { createPlatform } from '../platform.ts';
import { version } from '../version.ts';
import type { Flags } from './flags.ts';

/** Puts the demo events into the data of a server that does not run. */
export async function seedCommand(flags: Flags): Promise<void> {
  const { welcome: _, reset = false, ...given } = flags;
  const settings = readSettings(given, process.env);
  if (settings.memory) {
    throw new Error('seed: --memory keeps nothing; give the --data directory of a server');
  }
  const clock = Date.now;
  let failure: Error | undefined;
  const store = await openStore(settings, clock, (reason) => {
    failure = reason;
  });
  try {
    const removed = reset ? await resetDemo(store) : 0;
    const platform = await createPlatform({ settings, store, logger: createLogger('warn'), clock, version });
    try {
      const added = await seedDemo(platform.catalog, clock());
      const names = added.length === 0 ? 'nothing was missing' : `put on sale: ${added.join(', ')}`;
      process.stdout.write(
        `${settings.data}: ${reset ? `removed ${removed} records of the demo; ` : ''}${names}\n`,
      );
    } finally {
      await platform.close({ graceMs: 0 });
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    await store.close();
  }
}
