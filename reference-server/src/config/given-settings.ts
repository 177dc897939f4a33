import { readFileSync } from 'node:fs';
import { type SettingInfo, type Settings, settingInfos } from './settings.ts';
import { SettingsError } from './settings-error.ts';

/** What was given on the command line, by setting; of secrets the files that they are in. */
export type GivenFlags = Partial<Record<keyof Settings | `${keyof Settings}File`, unknown>>;

/** Settings as they were given, and by which flag or variable. */
export interface GivenSettings {
  readonly input: Readonly<Record<string, unknown>>;
  readonly origin: ReadonlyMap<string, string>;
}

/**
 * Takes each setting from its flag, else from the first of its variables that is set.
 *
 * @throws SettingsError for a file of secrets that cannot be read, and for a secret that is given twice.
 */
export function givenSettings(
  flags: GivenFlags,
  env: Readonly<Record<string, string | undefined>>,
): GivenSettings {
  const input: Record<string, unknown> = {};
  const origin = new Map<string, string>();
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== '';
  for (const info of settingInfos()) {
    const given = flags[info.isSecret ? (`${info.name}File` as const) : info.name];
    const variables = info.env.filter(isSet);
    const variable = variables[0];
    if (info.isSecret && variables.length > 1) {
      throw new SettingsError(`${variables.join(' and ')} are both set: expected one of them`);
    }
    if (given !== undefined) {
      const flag = info.flag.split(' ')[0] ?? info.flag;
      origin.set(info.name, flag);
      input[info.name] = info.isSecret ? secretsIn(String(given), flag) : given;
    } else if (variable !== undefined) {
      origin.set(info.name, variable);
      input[info.name] = isOfFile(info, variable) ? secretsIn(env[variable] ?? '', variable) : env[variable];
    }
  }
  return { input, origin };
}

function isOfFile({ isSecret }: SettingInfo, variable: string): boolean {
  return isSecret === true && variable.endsWith('_FILE');
}

function secretsIn(file: string, origin: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SettingsError(
      `${origin} is "${file}", which cannot be read (${why}): expected one secret a line`,
    );
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) {
    throw new SettingsError(`${origin} is "${file}", which is empty: expected one secret a line`);
  }
  return lines;
}
