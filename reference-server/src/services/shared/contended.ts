import { setTimeout } from 'node:timers/promises';
import { refuse } from '@traffic-tacos/server';
import { ConditionFailed } from '../../store/index.ts';

/** Tries of a change whose records others keep changing. With pauses between them, more do not help. */
const MAX_ATTEMPTS = 32;

/** Tries without a pause: most who meet once do not meet again. */
const EAGER_ATTEMPTS = 3;

/** Bound of the pause between two tries, in milliseconds. */
const MAX_PAUSE_MS = 16;

/**
 * Runs a read-decide-write cycle again while its conditions fail, because others have changed what was read.
 *
 * @throws CallFailure CONCURRENT_MODIFICATION when it never gets through.
 */
export async function contended<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  for (let tried = 0; tried < MAX_ATTEMPTS; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConditionFailed)) {
        throw error;
      }
      if (tried >= EAGER_ATTEMPTS) {
        await setTimeout(Math.random() * Math.min(MAX_PAUSE_MS, 2 ** (tried - EAGER_ATTEMPTS)));
      }
    }
  }
  throw refuse('CONCURRENT_MODIFICATION', `${what} kept being changed by others; try again`);
}
