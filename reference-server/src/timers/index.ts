export { clearTimer, runDueTimers, setTimer, type Timer, type TimerHandler, timerTable } from './timers.ts';
