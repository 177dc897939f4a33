import { systemTime } from '@traffic-tacos/server';

/** Milliseconds by which a jump of the system's clock, and what another process has written, is noticed late at most. */
const BY_THE_SYSTEM_MS = 1_000;

/** Milliseconds by which it is noticed late that any other clock was put forward. */
const BY_ANOTHER_MS = 20;

/**
 * For how many milliseconds whoever waits for a time may sleep before it looks again. The system's clock goes by itself
 * and at a known pace; of any other, a test's for one, only looking at it tells what it does.
 */
export function longestSleep(clock: () => number): number {
  return clock === Date.now || clock === systemTime ? BY_THE_SYSTEM_MS : BY_ANOTHER_MS;
}
