import type { Attempt } from '../../../domain/webhook/index.ts';
import type { PostOutcome } from './post.ts';

/** The status of a receiver that wants no more of it. */
const GONE = 410;

/** What an answer means for a delivery: any 2xx is a delivery, everything else a failure, redirects included. */
export function attemptOf(outcome: PostOutcome, now: number): Attempt {
  if (outcome.kind === 'failed') {
    return { kind: 'failed', reason: outcome.reason };
  }
  const { status, retryAfter } = outcome;
  if (status >= 200 && status < 300) {
    return { kind: 'delivered' };
  }
  const retryAfterMs = pauseOf(retryAfter, now);
  return {
    kind: 'failed',
    reason:
      status >= 300 && status < 400 ? `status ${status}: redirects are not followed` : `status ${status}`,
    ...(status === GONE && { isFinal: true }),
    ...(retryAfterMs > 0 && { retryAfterMs }),
  };
}

/** Seconds, or a date. */
function pauseOf(retryAfter: string | undefined, now: number): number {
  if (retryAfter === undefined) {
    return 0;
  }
  const at = Date.parse(retryAfter);
  const pause = /^[0-9]{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Number.isNaN(at) ? 0 : at - now;
  return Math.max(0, pause);
}
