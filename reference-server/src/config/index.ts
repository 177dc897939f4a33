export { readSettings, SettingsError, settingsOf } from './read-settings.ts';
export { type SettingInfo, type Settings, type SettingsInput, settingInfos } from './settings.ts';
