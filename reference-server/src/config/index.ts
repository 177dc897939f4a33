export type { GivenFlags } from './given-settings.ts';
export { readSettings, SettingsError, settingsOf, shownSettings } from './read-settings.ts';
export { settingRemarks } from './remarks.ts';
export { type SettingInfo, type Settings, type SettingsInput, settingInfos } from './settings.ts';
