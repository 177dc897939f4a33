import { type RateInit, rateOf } from '../rate-limit/gcra.ts';

/** Counts one frame; says whether it was one too many. */
export type CountFrame = (nowMs: number) => boolean;

/** Counts the frames of one connection. */
export function frameRate(init: RateInit): CountFrame {
  const rate = rateOf('webSocket.frames', init);
  if (rate === undefined) {
    return () => false;
  }
  /** When the next frame is due, at the allowed rate. */
  let dueAt = 0;
  return (nowMs) => {
    const from = Math.max(dueAt, nowMs);
    if (from - nowMs > rate.toleranceMs) {
      return true;
    }
    dueAt = from + rate.intervalMs;
    return false;
  };
}
