export {
  type DeadLetter,
  type DeadLetters,
  deadLetter,
  deadLetterId,
  deadLetters,
  deadLetterTable,
} from './dead-letters.ts';
export { type DueLoop, dueLoop } from './due-loop.ts';
export { type DueRunner, dueRunner, type FailedTry, MAX_ATTEMPTS } from './due-runner.ts';
export { type DueSource, type DueWork, Undeliverable } from './due-work.ts';
