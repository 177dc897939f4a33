import { type Command, Option } from 'commander';
import { type SettingInfo, settingInfos } from '../config/index.ts';

/** Takes settings as flags; all of them unless some are named. */
export function withSettings(command: Command, names?: readonly SettingInfo['name'][]): Command {
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
