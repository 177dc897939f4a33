import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { storeConformance } from '../conformance.ts';
import { openEmbeddedStore } from './index.ts';

const folders: string[] = [];

storeConformance('embedded store in memory', (options) => openEmbeddedStore({ ...options, reapInterval: 5 }));

storeConformance('embedded store on disk', async (options) => {
  const dir = await mkdtemp(join(tmpdir(), 'embedded-store-'));
  folders.push(dir);
  return openEmbeddedStore({ ...options, dir, reapInterval: 5 });
});

afterAll(() => Promise.all(folders.map((dir) => rm(dir, { recursive: true }))));
