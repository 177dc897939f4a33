import {
  bigCount,
  count,
  form,
  type Limit,
  optional,
  optionalId,
  pairs,
  range,
  upTo,
  within,
} from './limit.ts';

/** An amount of one currency. */
export const money: Limit = within(
  { amount: bigCount, currency: form(['KRW', 'USD'], ['', 'krw', 'KR', 'KRWX', 'K W', '₩', '410']) },
  { amount: 100_000n, currency: 'KRW' },
);

/** Which part of a list. */
export const pagination: Limit = within({ page: count, pageSize: range(0, 100), cursor: upTo(2048) });

/** The place of an event. */
export const venue: Limit = within(
  {
    id: optionalId,
    name: { good: ['x'.repeat(200)], bad: upTo(200).bad },
    address: within({
      street: upTo(500),
      city: upTo(200),
      state: upTo(200),
      postalCode: upTo(20),
      country: optional(form(['KR', 'US'], ['kr', 'KOR', 'K', '82'])),
    }),
    totalCapacity: count,
  },
  { name: 'Olympic Gymnastics Arena' },
);

/** Where a request came from, in the form that reservations and payments have. */
export const origin: Readonly<Record<string, Limit>> = {
  source: upTo(128),
  userAgent: upTo(1024),
  ipAddress: upTo(64),
  sessionId: upTo(255),
  tags: pairs,
};

/** Whole seconds since 1970. */
export const time = (seconds: number): { seconds: bigint } => ({ seconds: BigInt(seconds) });
