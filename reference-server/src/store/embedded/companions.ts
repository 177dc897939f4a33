import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syncPath } from './sync-path.ts';

/** Companions may be secrets: nobody else may read a copy, whatever may be done with the original. */
const OWN = 0o600;

/** Copies those of some files that a folder has, and the other one has not in the same words. @returns their names. */
export function copyCompanions(
  names: readonly string[],
  from: string,
  { dir, suffix = '' }: { readonly dir: string; readonly suffix?: string },
): readonly string[] {
  return names.filter((name) => {
    const source = join(from, name);
    if (!existsSync(source)) {
      return false;
    }
    const content = readFileSync(source);
    const known = join(dir, name);
    if (existsSync(known) && readFileSync(known).equals(content)) {
      return false;
    }
    const copy = `${known}${suffix}`;
    writeFileSync(copy, content, { mode: OWN, flag: 'wx' });
    syncPath(copy);
    return true;
  });
}
