/** What one check came to. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `note`: worth knowing, nothing to mend. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly found: string;
  /** Of a problem: what should be there. */
  readonly expected?: string;
  /** Of a problem: what an operator can do. */
  readonly todo?: string;
}

/** A finding that is as it should be. */
export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found });

/** A finding that is worth knowing. */
export const note = (check: string, found: string): Finding => ({ check, state: 'note', found });

/** A finding that has to be mended. */
export const problem = (check: string, found: string, expected: string, todo: string): Finding => ({
  check,
  state: 'problem',
  found,
  expected,
  todo,
});

/** A number of bytes, for people. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let value = bytes;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}
