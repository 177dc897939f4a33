import {
  type GivenFlags,
  readSettings,
  type Settings,
  SettingsError,
  settingRemarks,
} from '../config/index.ts';
import { readTls } from '../read-tls.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** The settings a server would start with, if it would. */
export interface CheckedSettings {
  readonly settings: Settings | undefined;
  readonly findings: readonly Finding[];
}

/** Reads the settings, and what they name. */
export async function checkSettings(flags: GivenFlags, env: NodeJS.ProcessEnv): Promise<CheckedSettings> {
  let settings: Settings;
  try {
    settings = readSettings(flags, env);
  } catch (error) {
    if (!(error instanceof SettingsError)) {
      throw error;
    }
    const findings = error.message
      .split('\n')
      .map((line) => problem('settings', line, 'settings that fit together', 'see serve --help'));
    return { settings: undefined, findings };
  }
  const kept = settings.memory ? 'memory' : settings.data;
  const findings = [
    ok('settings', `profile ${settings.profile}, data in ${kept}`),
    ...settingRemarks(settings, env).map((remark) => note('settings', remark)),
  ];
  if (settings.tlsCert !== '') {
    findings.push(await checkTls(settings));
  }
  return { settings, findings };
}

async function checkTls(settings: Settings): Promise<Finding> {
  try {
    await readTls(settings);
    return ok('certificates', `${settings.tlsCert} and its key can be used`);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return problem(
      'certificates',
      found,
      'PEM files that belong together',
      'give files that the server can read',
    );
  }
}
