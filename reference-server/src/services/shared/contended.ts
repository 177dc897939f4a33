import { refuse } from '@traffic-tacos/server';
import { ConditionFailed } from '../../store/index.ts';

/** Tries of a change whose records others keep changing. With jitter between them, more do not help. */
const MAX_ATTEMPTS = 32;

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
    }
  }
  throw refuse('CONCURRENT_MODIFICATION', `${what} kept being changed by others; try again`);
}
