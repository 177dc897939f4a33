export { clearTimer, getTimer, setTimer, type Timer, timerSource, timerTable } from './timers.ts';
