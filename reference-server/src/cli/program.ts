import { Command, Option } from 'commander';
import { type SettingInfo, settingInfos } from '../config/index.ts';
import { version } from '../version.ts';
import type { Flags } from './flags.ts';
import { seedCommand } from './seed-command.ts';
import { serveCommand } from './serve-command.ts';
import { tokenCommand } from './token-command.ts';

/** The command line: `serve` and `seed` with every setting as a flag, `token` with those of its key. */
export function program(): Command {
  const command = new Command('tacos-reference-server')
    .description(
      'Ticket sales that hold under a rush: every service of the Traffic Tacos contracts on one port.',
    )
    .version(version)
    .showHelpAfterError('(run with --help to see what there is)');
  withSettings(command.command('serve', { isDefault: true }))
    .description('serve the platform')
    .option('--welcome', 'print where it listens, what is on sale and what to try')
    .action((flags: Flags) => serveCommand(flags));
  withSettings(command.command('seed'))
    .description('put the demo events on sale that are missing, and end')
    .option('--reset', 'remove the demo events and everything about them first')
    .action((flags: Flags) => seedCommand(flags));
  tokenCommand(withSettings(command.command('token'), ['data', 'devIssuerKey']));
  return command;
}

/** Takes settings as flags; all of them unless some are named. */
function withSettings(command: Command, names?: readonly SettingInfo['name'][]): Command {
  for (const info of settingInfos().filter(({ name }) => names?.includes(name) ?? true)) {
    const shown = Array.isArray(info.default) ? info.default.join(',') : String(info.default);
    const notes = [`default: ${shown === '' ? 'none' : shown}`, `env: ${info.env.join(', ')}`].join('; ');
    const option = new Option(info.flag, `${info.description} (${notes})`);
    command.addOption(option);
    // commander presets `--no-…` options with true, which would hide the environment.
    if (option.negate) {
      command.setOptionValueWithSource(option.attributeName(), undefined, 'default');
    }
  }
  return command;
}
