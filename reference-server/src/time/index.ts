export { longestSleep } from './longest-sleep.ts';
export { type WakeUp, wakeUp } from './wake-up.ts';
