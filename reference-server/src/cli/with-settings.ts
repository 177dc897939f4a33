import { type Command, Option } from 'commander';
import { type SettingInfo, settingInfos } from '../config/index.ts';

/** Takes settings as flags; all of them unless some are named. */
export function withSettings(command: Command, names?: readonly SettingInfo['name'][]): Command {
  for (const info of settingInfos().filter(({ name }) => names?.includes(name) ?? true)) {
    const preset = Array.isArray(info.default)
      ? info.default.join(',')
      : String(info.default ?? 'as the profile has it');
    const notes = [`default: ${preset === '' ? 'none' : preset}`, `env: ${info.env.join(', ')}`].join('; ');
    const option = new Option(info.flag, `${info.description} (${notes})`);
    command.addOption(option);
    if (option.optional && info.default !== false) {
      command.addOption(new Option(`--no-${option.name()}`).hideHelp());
    }
  }
  return command;
}
