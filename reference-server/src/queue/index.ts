export type {
  AdmissionRequest,
  AdmissionResult,
  BuyerActivity,
  Draining,
  Joined,
  JoinRequest,
  JoinResult,
  Queue,
  QueueRules,
  QueueStats,
  Recorder,
} from './queue.ts';
export { defaultQueueTimes, type QueueSettings } from './settings.ts';
