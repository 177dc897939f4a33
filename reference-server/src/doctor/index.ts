import { resolve } from 'node:path';
import type { GivenFlags } from '../config/index.ts';
import { FORMAT, integrityComplaints, openReader, ownerOf } from '../store/embedded/index.ts';
import { tables } from '../tables.ts';
import { checkFolder, missingFolder } from './check-folder.ts';
import { checkPort } from './check-port.ts';
import { checkRecords, checkWork } from './check-records.ts';
import { checkSettings } from './check-settings.ts';
import { type Finding, ok, problem } from './finding.ts';

export type { Finding } from './finding.ts';

/**
 * Looks whether a server would run well with these settings, or does. Changes nothing, and reads all of the data.
 *
 * @returns what each check came to, in the order in which things depend on one another.
 */
export async function diagnose(options: {
  readonly flags: GivenFlags;
  readonly env: NodeJS.ProcessEnv;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}): Promise<readonly Finding[]> {
  const { settings, findings: before } = await checkSettings(options.flags, options.env);
  if (settings === undefined) {
    return before;
  }
  const findings = [...before];
  let runs = false;
  if (!settings.memory) {
    const dir = resolve(settings.data);
    const missing = missingFolder(dir);
    if (missing === undefined) {
      runs = ownerOf(dir) !== undefined;
      findings.push(...checkFolder(dir), ...(await checkData(dir, options.clock, runs)));
    } else {
      findings.push(missing);
    }
  }
  findings.push(await checkPort(settings, runs));
  return findings;
}

async function checkData(dir: string, clock: () => number, runs: boolean): Promise<readonly Finding[]> {
  const reader = unlessRefused(() => openReader({ dir, tables, clock }));
  if (typeof reader === 'string') {
    return [problem('data', reader, 'data that this version reads', 'do as that says')];
  }
  try {
    const complaints = integrityComplaints(reader.db);
    if (complaints.length > 0) {
      const todo = 'stop the server and restore a backup';
      return [problem('integrity', complaints.join('; '), 'a database that is whole', todo)];
    }
    return [
      ok('format', `${FORMAT}, the one of this version`),
      ok('integrity', 'every page and index is whole'),
      ...(await checkRecords(reader.store, clock())),
      ...(await checkWork(reader.store, clock(), runs)),
    ];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [problem('integrity', found, 'a database that is whole', 'stop the server and restore a backup')];
  } finally {
    reader.close();
  }
}

function unlessRefused<T>(open: () => T): T | string {
  try {
    return open();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
