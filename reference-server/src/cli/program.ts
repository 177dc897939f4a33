import { Command } from 'commander';
import { version } from '../version.ts';
import { backupCommand } from './backup-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { eventsCommand } from './events-command.ts';
import type { Flags } from './flags.ts';
import { replayCommand } from './replay-command.ts';
import { restoreCommand } from './restore-command.ts';
import { secretsCommand } from './secrets-command.ts';
import { seedCommand } from './seed-command.ts';
import { serveCommand } from './serve-command.ts';
import { tokenCommand } from './token-command.ts';
import { withSettings } from './with-settings.ts';

/** The command line: `serve`, `seed` and `doctor` with every setting as a flag, others with those that concern them. */
export function program(): Command {
  const command = new Command('tacos-reference-server')
    .description(
      'Ticket sales that hold under a rush: every service of the Traffic Tacos contracts on one port.',
    )
    .version(version)
    .showHelpAfterError('(run with --help to see what there is)');
  withSettings(command.command('serve', { isDefault: true }))
    .description('serve the platform; also what is done where no command is named')
    .option('--welcome', 'print where it listens, what is on sale and what to try')
    .allowExcessArguments()
    .action((flags: Flags, { args: [word] }: Command) => {
      if (word !== undefined) {
        throw new Error(strayWord(word, command));
      }
      return serveCommand(flags);
    });
  withSettings(command.command('seed'))
    .description('put the demo events on sale that are missing, and end')
    .option('--reset', 'remove the demo events and everything about them first')
    .action((flags: Flags) => seedCommand(flags));
  tokenCommand(withSettings(command.command('token'), ['data', 'devIssuerKey']));
  eventsCommand(withSettings(command.command('events'), ['data']));
  replayCommand(withSettings(command.command('replay'), ['data']));
  backupCommand(withSettings(command.command('backup'), ['data']));
  restoreCommand(withSettings(command.command('restore'), ['data']));
  secretsCommand(withSettings(command.command('secrets'), ['data']));
  doctorCommand(withSettings(command.command('doctor')));
  return command;
}

/** What to tell of a word that came where `serve` takes none: a command misspelt, or one behind its options. */
function strayWord(word: string, { commands }: Command): string {
  const names = commands.map((each) => each.name());
  return names.includes(word)
    ? `"${word}" came too late: expected the command before its options, tacos-reference-server ${word} …`
    : `there is no command "${word}": expected one of ${names.join(', ')}; without one it serves`;
}
