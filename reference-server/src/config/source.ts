import { z } from 'zod';

/** How one setting is given, beside its value's type. */
export interface SettingSource {
  /** Command-line flag, in commander's notation. */
  readonly flag: string;
  /** Environment variables, the first one that is set counts. */
  readonly env: readonly string[];
  readonly description: string;
}

/** How every setting is given. */
export const sources = z.registry<SettingSource>();
