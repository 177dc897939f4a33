import type { Settings } from './config/index.ts';
import { openEmbeddedStore } from './store/embedded/index.ts';
import type { Store, StoreUnavailable } from './store/index.ts';
import { tables } from './tables.ts';

/**
 * Opens the store that the settings name.
 *
 * @param onFailure Told once, when the open store has failed and nothing but opening it again helps.
 * @throws Error when the directory cannot be used, or another process uses it.
 */
export function openStore(
  settings: Pick<Settings, 'memory' | 'data'>,
  clock: () => number,
  onFailure: (reason: StoreUnavailable) => void = () => undefined,
): Promise<Store> {
  if (settings.memory) {
    return openEmbeddedStore({ tables, clock, onFailure });
  }
  return openEmbeddedStore({ tables, clock, onFailure, dir: settings.data });
}
