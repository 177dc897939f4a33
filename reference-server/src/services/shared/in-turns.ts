import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work at a stretch. */
const STRETCH_MS = 8;

/**
 * Does long work in stretches, between which everybody else has a turn.
 *
 * @param work Stops often: each piece between two stops is done at a stretch, however long it takes.
 */
export async function inTurns<T>(work: Generator<unknown, T>): Promise<T> {
  let began = performance.now();
  for (let piece = work.next(); ; piece = work.next()) {
    if (piece.done === true) {
      return piece.value;
    }
    if (performance.now() - began >= STRETCH_MS) {
      await setImmediate();
      began = performance.now();
    }
  }
}
