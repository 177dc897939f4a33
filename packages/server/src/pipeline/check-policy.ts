import type { Policy } from '@traffic-tacos/policy';
import { MAX_TIMER } from '../max-timer.ts';

/**
 * Checks the numbers that a server goes by: configuration may have overridden those of the contract.
 *
 * @throws Error that names each number which is out of range, and what is expected
 */
export function checkPolicy({ deadlineMs, idempotencyTtlSeconds, rateLimit, stream }: Policy): void {
  const upTo = (most: number, values: Readonly<Record<string, number>>): string[] =>
    Object.entries(values)
      .filter(([, value]) => !(value >= 0 && value <= most))
      .map(([name, value]) => {
        const expected = most === Number.POSITIVE_INFINITY ? '0 or more' : `a number from 0 to ${most}`;
        return `${name} is ${value}; expected ${expected}`;
      });
  const problems = [
    ...upTo(Number.POSITIVE_INFINITY, {
      deadlineMs,
      idempotencyTtlSeconds,
      'rateLimit.requestsPerSecond': rateLimit.requestsPerSecond,
      'rateLimit.burst': rateLimit.burst,
    }),
    ...upTo(MAX_TIMER, {
      'stream.idleTimeoutMs': stream.idleTimeoutMs,
      'stream.maxLifetimeMs': stream.maxLifetimeMs,
      'stream.heartbeatMs': stream.heartbeatMs,
    }),
  ];
  if (problems.length > 0) {
    throw new Error(problems.join(', '));
  }
}
