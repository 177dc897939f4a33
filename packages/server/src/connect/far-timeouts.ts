import { connectTimeout, grpcTimeout } from '../dispatch/timeout.ts';
import { MAX_TIMER } from '../max-timer.ts';

/** What reads each header that a deadline may be in, and the longest that a timer of Node can wait for. */
const HEADERS = [
  ['grpc-timeout', grpcTimeout, `${Math.floor(MAX_TIMER / 1000)}S`],
  ['connect-timeout-ms', connectTimeout, String(MAX_TIMER)],
] as const;

/**
 * Brings deadlines near that are further away than 24 days: connect-es starts a timer for what the header says, whatever
 * it is. Who calls it refuses malformed ones.
 *
 * @param headers - of the request, for connect-es alone
 */
export function withoutFarTimeouts(headers: Headers): Headers {
  for (const [name, read, furthest] of HEADERS) {
    const value = headers.get(name);
    if (value !== null && isFar(value, read)) {
      headers.set(name, furthest);
    }
  }
  return headers;
}

function isFar(value: string, read: (value: string) => number): boolean {
  try {
    return read(value) > MAX_TIMER;
  } catch {
    // Malformed, and no longer than connect-es finds it.
    return false;
  }
}
