import { contradictions } from './check-together.ts';
import { type Settings, type SettingsInput, settingInfos, settingsSchema } from './settings.ts';

/** Settings that cannot be used. Its message has a line for each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Settings whose values are not for any screen. */
const SECRET: ReadonlySet<string> = new Set(['tokenSecrets', 'paymentWebhookSecrets']);

/**
 * Reads the settings from flags and environment.
 *
 * @param flags Those given on the command line, by setting.
 * @throws SettingsError that names every wrong setting, what it got and what it takes.
 */
export function readSettings(
  flags: Partial<Record<keyof Settings, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const input: Record<string, unknown> = {};
  const origin = new Map<string, string>();
  for (const info of settingInfos()) {
    const variable = info.env.find((name) => env[name] !== undefined && env[name] !== '');
    if (flags[info.name] !== undefined) {
      input[info.name] = flags[info.name];
      origin.set(info.name, info.flag.split(' ')[0] ?? info.flag);
    } else if (variable !== undefined) {
      input[info.name] = env[variable];
      origin.set(info.name, variable);
    }
  }
  const result = settingsSchema.safeParse(input as SettingsInput);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const found = SECRET.has(name) ? 'not usable' : JSON.stringify(input[name]);
      return `${origin.get(name) ?? name} is ${found}: ${issue.message}`;
    });
    throw new SettingsError(lines.join('\n'));
  }
  refuseContradictions(result.data);
  return result.data;
}

/**
 * The settings with everything at its default but what is given.
 *
 * @throws SettingsError for settings that do not fit together.
 */
export function settingsOf(given: SettingsInput = {}): Settings {
  const settings = settingsSchema.parse(given);
  refuseContradictions(settings);
  return settings;
}

function refuseContradictions(settings: Settings): void {
  const lines = contradictions(settings);
  if (lines.length > 0) {
    throw new SettingsError(lines.join('\n'));
  }
}
