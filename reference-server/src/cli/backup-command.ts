import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { DEV_ISSUER_FILE } from '../dev-issuer.ts';
import { backUp } from '../store/embedded/index.ts';
import { dataDirectory } from './data-directory.ts';
import type { Flags } from './flags.ts';

/** Declares `backup`: it copies the data of a server, which may go on selling meanwhile. */
export function backupCommand(command: Command): Command {
  return command
    .description('copy the data into a new directory, while a server runs or not, and check the copy')
    .argument('<directory>', 'what to make; refused when it exists')
    .addHelpText(
      'after',
      '\nThe copy is a data directory itself: `serve --data <directory>` runs on it, `restore <directory>` puts it back.' +
        '\nThe key of the development issuer belongs to it, unless --dev-issuer-key names a file elsewhere: keep the copy as' +
        '\nsafe as the original.',
    )
    .action(async (directory: string, flags: Flags) => {
      const report = tenths((percent) => process.stderr.write(`copied ${percent} %\n`));
      const made = await backUp({
        dir: dataDirectory(flags),
        to: directory,
        companions: [DEV_ISSUER_FILE],
        onProgress: ({ done, total }) => report(done / total),
      });
      const key = keyNote(made.dir);
      process.stdout.write(`${made.dir}: ${megabytes(made.bytes)} MB, checked${key}\n`);
    });
}

/** Whether a backup has the key by which its development issuer's tokens are made. */
export function keyNote(backup: string): string {
  return existsSync(join(backup, DEV_ISSUER_FILE)) ? ', with the key of the development issuer' : '';
}

/** Tells of every further tenth. */
function tenths(tell: (percent: number) => void): (share: number) => void {
  let told = 0;
  return (share) => {
    const percent = Math.floor(share * 10) * 10;
    if (percent > told) {
      told = percent;
      tell(percent);
    }
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
