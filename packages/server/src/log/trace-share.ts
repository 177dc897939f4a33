/** Hexadecimal digits of a trace id that are random for sure (W3C Trace Context level 2): the last 56 bits. */
const RANDOM_DIGITS = 14;
const TRACE_DIGITS = 32;
/** How many ids there are, as far as their random part goes. */
const IDS = 2n ** 56n;

/** Whether a trace belongs to a share of all traces. */
export type InShare = (traceId: string) => boolean;

/**
 * Picks a share of all traces by their ids, so that everybody who asks for the same share picks the same traces, and
 * a larger share holds every trace of a smaller one. The rule is that of OpenTelemetry's consistent probability
 * sampling: the random part of the id is compared with a threshold.
 *
 * @param share - from 0, none, to 1, all
 * @throws RangeError for another number
 */
export function traceShare(share: number): InShare {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`the share of traces is ${share}; expected a number from 0 to 1`);
  }
  if (share === 1) {
    return always;
  }
  if (share === 0) {
    return never;
  }
  // Of a share too small for the number of ids, one id is left.
  const rejected = BigInt(Math.round((1 - share) * 2 ** 56));
  const threshold = (rejected < IDS ? rejected : IDS - 1n).toString(16).padStart(RANDOM_DIGITS, '0');
  // Digits of equal number are ordered as the numbers are.
  return (traceId) => traceId.slice(TRACE_DIGITS - RANDOM_DIGITS) >= threshold;
}

function always(): boolean {
  return true;
}

function never(): boolean {
  return false;
}
