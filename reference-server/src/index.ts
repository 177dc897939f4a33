export {
  readSettings,
  type Settings,
  SettingsError,
  type SettingsInput,
  settingInfos,
  settingsOf,
} from './config/index.ts';
export type { RecentLines } from './live/index.ts';
export { createPlatform, type Platform, type PlatformOptions } from './platform.ts';
export { type RunningServer, serve } from './serve.ts';
export { version } from './version.ts';
