import { type Finding, ok, problem } from './finding.ts';

/** Sentences that one finding has at most. */
const SHOWN = 5;

/**
 * What a comparison of records came to.
 *
 * @param broken One sentence for everything that does not agree.
 */
export function agreement(check: string, count: number, broken: readonly string[]): Finding {
  if (broken.length === 0) {
    return ok(check, `${count} compared, all agree`);
  }
  const more = broken.length > SHOWN ? `; and ${broken.length - SHOWN} more` : '';
  return problem(
    check,
    `${broken.slice(0, SHOWN).join('; ')}${more}`,
    'records that agree',
    'make a backup, then look at what the log says of these ids',
  );
}
