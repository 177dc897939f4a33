import type { DescService } from '@bufbuild/protobuf';
import { policyOf } from '@traffic-tacos/policy';
import type { RateInit, RateLimiter } from '@traffic-tacos/server';
import type { LiveSetting } from './live-setting.ts';

const WRITTEN = /^([1-9]\d{0,6})\/([1-9]\d{0,6})$/;
const EXPECTED =
  'expected calls a second and calls at once for each caller, whole numbers from 1 to 9999999 such as 50/100, or off';

/**
 * The rates of the contract as settings `rate_limit.<class>`, such as `50/100`: calls a second and calls at once. They
 * replace the rates of every method of the class that has one.
 *
 * @param limiter `undefined` where nobody is held to a rate.
 */
export function rateLimitSettings(
  services: readonly DescService[],
  limiter: Pick<RateLimiter, 'override'> | undefined,
): readonly LiveSetting[] {
  const contract = new Map<string, Set<string>>();
  for (const { rateLimit } of services.flatMap(({ methods }) => methods.map((method) => policyOf(method)))) {
    // What the contract exempts stays exempt.
    if (rateLimit.requestsPerSecond > 0) {
      const rates = contract.get(rateLimit.class) ?? new Set();
      contract.set(rateLimit.class, rates.add(textOf(rateLimit)));
    }
  }
  const without =
    limiter === undefined
      ? 'nobody is held to a rate here; start the server with --rate-limits on'
      : undefined;
  return [...contract].map(([name, rates]) => {
    const key = `rate_limit.${name}`;
    const initial = [...rates].join(' or ');
    let now = initial;
    return {
      service: '',
      key,
      read: () => now,
      initial: () => initial,
      understand: (text) => {
        const rate = rateIn(text);
        return rate === undefined ? { ok: false, expected: EXPECTED } : { ok: true, text: textOf(rate) };
      },
      set: (text) => {
        const rate = text === undefined ? undefined : rateIn(text);
        if (text !== undefined && rate === undefined) {
          throw new RangeError(`${key} is "${text}": ${EXPECTED}`);
        }
        now = rate === undefined ? initial : textOf(rate);
        limiter?.override(name, rate);
      },
      without,
    };
  });
}

function rateIn(text: string): RateInit | undefined {
  const trimmed = text.trim();
  if (trimmed === 'off') {
    return { requestsPerSecond: 0, burst: 0 };
  }
  const [, requestsPerSecond, burst] = WRITTEN.exec(trimmed) ?? [];
  return requestsPerSecond === undefined
    ? undefined
    : { requestsPerSecond: Number(requestsPerSecond), burst: Number(burst) };
}

function textOf({ requestsPerSecond, burst }: RateInit): string {
  return requestsPerSecond === 0 ? 'off' : `${requestsPerSecond}/${burst}`;
}
