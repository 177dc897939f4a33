import type { GivenFlags } from '../config/index.ts';

/** What was given on the command line. */
export type Flags = GivenFlags & {
  readonly welcome?: boolean;
  readonly reset?: boolean;
};
