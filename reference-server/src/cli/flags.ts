import type { Settings } from '../config/index.ts';

/** What was given on the command line. */
export type Flags = Partial<Record<keyof Settings, unknown>> & {
  readonly welcome?: boolean;
  readonly reset?: boolean;
};
