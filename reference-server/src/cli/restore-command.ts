import type { Command } from 'commander';
import { DEV_ISSUER_FILE } from '../dev-issuer.ts';
import { restore } from '../store/embedded/index.ts';
import { keyNote } from './backup-command.ts';
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
        '\nwould be replayed into a database that it does not belong to. The key of the development issuer comes back with it, so' +
        '\nthat tokens which were good at the time of the backup are good again.',
    )
    .action(async (backup: string, flags: Flags) => {
      const dir = dataDirectory(flags);
      const former = await restore({ from: backup, dir, now: Date.now(), companions: [DEV_ISSUER_FILE] });
      const aside = former === undefined ? 'it was empty' : `what was there is in ${former}`;
      process.stdout.write(`${dir}: restored from ${backup}${keyNote(backup)}; ${aside}\n`);
    });
}
