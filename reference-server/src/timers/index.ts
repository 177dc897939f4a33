export { clearTimer, setTimer, type Timer, timerSource, timerTable } from './timers.ts';
