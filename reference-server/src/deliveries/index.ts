export {
  type DeadLetter,
  type DeadLetters,
  deadLetter,
  deadLetterId,
  deadLetters,
  deadLetterTable,
} from './dead-letters.ts';
export { type DueRunner, dueRunner, type FailedTry, MAX_ATTEMPTS } from './due-runner.ts';
export { type DueSource, type DueWork, Undeliverable } from './due-work.ts';
export { lookPause } from './look-pause.ts';
