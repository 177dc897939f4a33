import type { Command } from 'commander';
import { restore } from '../store/embedded/index.ts';
import { dataDirectory } from './data-directory.ts';
import type { Flags } from './flags.ts';

/** Declares `restore`: it puts a backup in the place of the data of a server that does not run. */
export function restoreCommand(command: Command): Command {
  return command
    .description('put a backup in the place of the data; what was there is moved aside, nothing is deleted')
    .argument('<backup>', 'directory that `backup` made')
    .addHelpText(
      'after',
      '\nThe server has to be stopped. Copying the file by hand would leave the write-ahead log of the former data, which' +
        '\nwould be replayed into a database that it does not belong to.',
    )
    .action(async (backup: string, flags: Flags) => {
      const dir = dataDirectory(flags);
      const former = await restore({ from: backup, dir, now: Date.now() });
      const aside = former === undefined ? 'it was empty' : `what was there is in ${former}`;
      process.stdout.write(`${dir}: restored from ${backup}; ${aside}\n`);
    });
}
