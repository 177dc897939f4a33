export { type AuditEntry, audit, auditTable } from './audit.ts';
export { emergencyGate } from './emergency-gate.ts';
export { type LiveConfig, liveSettingTable, openLiveConfig } from './live-config.ts';
export type { LiveSetting } from './live-setting.ts';
export { type PlatformSettings, platformSettings } from './platform-settings.ts';
export { rateLimitSettings } from './rate-limit-settings.ts';
export { type RecentLines, recentLines } from './recent-lines.ts';
export { roleOf, rolesOf } from './service-names.ts';
export { switchMetrics } from './switch-metrics.ts';
export {
  admissionsStopped,
  MAINTENANCE,
  openSwitches,
  type Switched,
  type Switches,
  stopsAdmissions,
  switchTable,
} from './switches.ts';
