import type { Settings } from './config/index.ts';
import { openEmbeddedStore } from './store/embedded/index.ts';
import type { Store } from './store/index.ts';
import { tables } from './tables.ts';

/**
 * Opens the store that the settings name.
 *
 * @throws Error when the directory cannot be used, or another process uses it.
 */
export function openStore(settings: Pick<Settings, 'memory' | 'data'>, clock: () => number): Promise<Store> {
  if (settings.memory) {
    return openEmbeddedStore({ tables, clock });
  }
  return openEmbeddedStore({ tables, clock, dir: settings.data });
}
