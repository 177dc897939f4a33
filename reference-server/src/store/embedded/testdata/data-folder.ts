import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Store } from '../../store.ts';
import { type EmbeddedStoreOptions, openEmbeddedStore } from '../index.ts';

/** An empty data folder that is removed after the current test. */
export async function dataFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'embedded-store-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A store that is closed after the current test, if the test has not done so. */
export async function openForTest(options: EmbeddedStoreOptions): Promise<Store> {
  const store = await openEmbeddedStore(options);
  onTestFinished(() => store.close());
  return store;
}
