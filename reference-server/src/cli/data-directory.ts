import { readSettings } from '../config/index.ts';
import type { Flags } from './flags.ts';

/** The data directory that a command is about; what else the environment says is of a server, and no concern here. */
export function dataDirectory({ data }: Pick<Flags, 'data'>, env: NodeJS.ProcessEnv = process.env): string {
  return readSettings({ data }, { TACOS_DATA: env.TACOS_DATA }).data;
}
