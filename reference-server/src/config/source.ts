import { z } from 'zod';

/** How one setting is given, beside its value's type. */
export interface SettingSource {
  /** Command-line flag, in commander's notation. */
  readonly flag: string;
  /** Environment variables, the first one that is set counts. */
  readonly env: readonly string[];
  readonly description: string;
  /**
   * Its value is shown nowhere and taken from no command line, which every user of a machine can read: the flag, and
   * variables that end with `_FILE`, name a file with one secret a line.
   */
  readonly isSecret?: true;
}

/** How every setting is given. */
export const sources = z.registry<SettingSource>();
