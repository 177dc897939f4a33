import { MAX_TIMER } from '../../max-timer.ts';
import type { HeaderView } from '../rest-call.ts';
import { invalid, type RestErrorDetail } from '../rest-error.ts';

const UNITS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Milliseconds that a client gives its call: by `connect-timeout-ms`, as with Connect, or by `grpc-timeout` (`5S`,
 * `100m`), as other gateways from HTTP to gRPC take it; the first counts more. At most what timers can wait, which transports
 * start for it. `undefined` without either.
 *
 * @throws RestError for a header that says nothing sensible
 */
export function timeoutOf(headers: HeaderView): number | undefined {
  const milliseconds = headers.get('connect-timeout-ms');
  if (milliseconds) {
    if (!/^\d{1,10}$/.test(milliseconds)) {
      throw unreadable('connect-timeout-ms', milliseconds, 'milliseconds such as 500');
    }
    return Math.min(Number(milliseconds), MAX_TIMER);
  }
  const grpc = headers.get('grpc-timeout');
  if (grpc) {
    const match = /^(\d{1,8})([HMSmun])$/.exec(grpc);
    const unit = UNITS[match?.[2] ?? ''];
    if (match === null || unit === undefined) {
      throw unreadable('grpc-timeout', grpc, 'a number and one of H, M, S, m, u, n, such as 500m');
    }
    return Math.min(Number(match[1]) * unit, MAX_TIMER);
  }
  return undefined;
}

function unreadable(field: string, found: string, expected: string): Error {
  const detail: RestErrorDetail = { field, reason: 'INVALID_VALUE', value: found.slice(0, 64) };
  return invalid(`the header ${field} is ${JSON.stringify(detail.value)}; expected ${expected}`, detail);
}
