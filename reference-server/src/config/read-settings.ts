import { contradictions } from './check-together.ts';
import { type GivenFlags, givenSettings } from './given-settings.ts';
import { type Settings, type SettingsInput, settingInfos, settingsSchema } from './settings.ts';
import { SettingsError } from './settings-error.ts';

export { SettingsError } from './settings-error.ts';

/**
 * Reads the settings from flags and environment.
 *
 * @param flags Those given on the command line, by setting.
 * @throws SettingsError that names every wrong setting, what it got and what it takes.
 */
export function readSettings(flags: GivenFlags, env: Readonly<Record<string, string | undefined>>): Settings {
  const { input, origin } = givenSettings(flags, env);
  const result = settingsSchema.safeParse(input as SettingsInput);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      const found = secrets.has(name) ? 'not usable' : JSON.stringify(input[name]);
      return `${origin.get(name) ?? name} is ${found}: ${issue.message}`;
    });
    throw new SettingsError(lines.join('\n'));
  }
  refuseContradictions(result.data);
  return result.data;
}

/** Names of settings whose values are shown nowhere. */
const secrets: ReadonlySet<string> = new Set(
  settingInfos()
    .filter(({ isSecret }) => isSecret)
    .map(({ name }) => name),
);

/** Settings as they may be written down: of secrets only how many there are. */
export function shownSettings(settings: Settings): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      secrets.has(name) ? `${[value].flat().length} not shown` : value,
    ]),
  );
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
