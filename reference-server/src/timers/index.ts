export {
  clearTimer,
  getTimer,
  giveUp,
  setTimer,
  type Timer,
  takeBack,
  timerSource,
  timerTable,
} from './timers.ts';
