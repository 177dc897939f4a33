import { create, type Message } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { anonymous, type Caller, serviceCaller, userCaller } from '../caller.ts';
import {
  GetBookRequestSchema,
  GetLoanRequestSchema,
  WatchBookRequestSchema,
} from '../testdata/gen/library/v1/library_pb.js';
import { createRateLimiter } from './rate-limiter.ts';
import { failureOf, limited } from './testdata/limited.ts';

const [ann, bob] = [userCaller('ann'), userCaller('bob')];

test('SECURITY 19: each caller has the rate of the policy, with the time to ask again', () => {
  const { call, through, clock } = limited();

  expect(through(10, ann)).toBe(3);
  expect(call(ann).failure).toMatchObject({
    code: 'RATE_LIMITED',
    message: 'too many calls came from this caller; ask again in 1 s',
    details: [{ reason: 'CALLER_RATE' }],
  });
  expect(call(ann).failure?.retryAfterMs).toBeCloseTo(100);
  expect(through(10, bob)).toBe(3);
  clock.now += 1000;
  expect(through(10, ann)).toBe(3);
});

test('a user counts the same from every address, and methods of one class together', () => {
  const { through } = limited();

  expect(through(2, ann, { peer: '198.51.100.1' })).toBe(2);
  expect(through(2, ann, { peer: '198.51.100.2', method: 'GetBook' })).toBe(1);
});

test('a user and a service of the same name are two callers', () => {
  const { through } = limited();

  expect(through(5, ann)).toBe(3);
  expect(through(5, { kind: 'service', id: 'ann', scopes: [], actsForAnyone: false })).toBe(3);
});

test('a service is counted as the user it acts for, and as itself where it names nobody', () => {
  const { through } = limited();
  const gateway = serviceCaller('gateway');
  const forUser = (memberId: string) => ({ request: create(GetLoanRequestSchema, { memberId }) });

  expect(through(5, gateway, forUser('ann'))).toBe(3);
  expect(through(5, gateway, forUser('bob'))).toBe(3);
  expect(through(5, gateway)).toBe(3);
  expect(through(5, ann)).toBe(0);
});

test('a user who names another is counted as themselves', () => {
  const { through } = limited();
  const request = (memberId: string) => ({ request: create(GetLoanRequestSchema, { memberId }) });

  expect(through(3, ann, request('bob'))).toBe(3);
  expect(through(3, ann, request('carol'))).toBe(0);
});

test('SECURITY 19: without credentials the token in the request counts, else the address', () => {
  const { call, through } = limited();
  const holding = (bookId: string) => ({
    method: 'GetBook',
    request: create(GetBookRequestSchema, { bookId }),
  });

  expect(through(5, anonymous, holding('token-1'))).toBe(3);
  expect(through(5, anonymous, holding('token-2'))).toBe(3);
  expect(through(5, anonymous, { peer: '198.51.100.1' })).toBe(3);
  expect(through(5, anonymous, { peer: '198.51.100.2' })).toBe(3);
  expect(call(anonymous, { peer: '198.51.100.1' }).failure?.message).toContain('from this address');
});

test('tokens and names of any length count, and take no more room than a digest', () => {
  const { through } = limited();
  const long = (end: string) => ({
    method: 'GetBook',
    request: create(GetBookRequestSchema, { bookId: 'x'.repeat(100_000) + end }),
  });

  expect(through(5, anonymous, long('1'))).toBe(3);
  expect(through(5, anonymous, long('2'))).toBe(3);
});

test('SECURITY 19: inventing tokens or names gains nothing beyond the allowance of the address', () => {
  const { limiter, call, through, clock } = limited({ perAddress: { requestsPerSecond: 100, burst: 20 } });
  const invented = (number: number) => ({
    method: 'GetBook',
    request: create(GetBookRequestSchema, { bookId: `token-${number}` }),
  });
  const tokens = Array.from({ length: 500 }, (_, number) => call(anonymous, invented(number)).failure);
  const names = Array.from(
    { length: 500 },
    (_, number) => call(userCaller(`u${number}`), { isVerified: false }).failure,
  );

  expect(tokens.filter((failure) => failure === undefined)).toHaveLength(20);
  expect(names.filter((failure) => failure === undefined)).toHaveLength(0);
  expect(names[0]).toMatchObject({ code: 'RATE_LIMITED', details: [{ reason: 'ADDRESS_RATE' }] });
  expect(limiter.entries()).toBeLessThanOrEqual(21);
  // Nobody else pays for it: neither another address nor those at this one who have credentials.
  expect(call(anonymous, { ...invented(1), peer: '198.51.100.8' }).failure).toBeUndefined();
  expect(through(1, ann)).toBe(1);
  clock.now += 10_000;
  expect(call(anonymous, invented(1000)).failure).toBeUndefined();
});

test('a name that nothing vouches for does not use up the allowance of its owner', () => {
  const { through } = limited();

  expect(through(5, ann, { isVerified: false })).toBe(3);
  expect(through(5, ann)).toBe(3);
});

test('an attacker’s half of an IPv6 network is one address', () => {
  const { through } = limited();
  const tries = Array.from({ length: 50 }, (_, host) =>
    through(1, anonymous, { peer: `2001:db8::${host.toString(16)}` }),
  );

  expect(tries.filter((one) => one === 1)).toHaveLength(3);
});

test('methods without a rate are not counted, by address neither', () => {
  const { limiter, through } = limited(
    { perAddress: { requestsPerSecond: 1, burst: 1 } },
    { rateLimit: { class: 'free', requestsPerSecond: 0, burst: 0 } },
  );

  expect(through(500, anonymous)).toBe(500);
  expect(limiter.entries()).toBe(0);
});

test('SECURITY 19: the table is bounded over all classes and kinds of callers', () => {
  const { limiter, call } = limited({ maxEntries: 100 });
  for (let number = 0; number < 5000; number++) {
    call(userCaller(`u${number}`));
    call(anonymous, { peer: `198.51.${number >> 8}.${number & 255}` });
  }
  expect(limiter.entries()).toBeGreaterThan(90);
  expect(limiter.entries()).toBeLessThanOrEqual(100);
});

test('rates of a class can be replaced while it is in use', () => {
  const { limiter, through } = limited();

  limiter.override('library', { requestsPerSecond: 10, burst: 8 });
  expect(through(20, ann)).toBe(8);
  limiter.override('library', { requestsPerSecond: 0, burst: 0 });
  expect(through(20, ann)).toBe(20);
  limiter.override('library', undefined);
  expect(through(20, ann)).toBe(0);
  expect(through(20, bob)).toBe(3);
});

test('SECURITY 19: an address that guesses credentials is refused before they are looked at, others are not', () => {
  const { limiter, exchange, clock } = limited({ invalidCredentials: { requestsPerSecond: 1, burst: 5 } });
  const bearing = exchange('198.51.100.7', { authorization: 'Bearer guess' });
  for (let guess = 0; guess < 5; guess++) {
    expect(failureOf(() => limiter.beforeCredentials(bearing))).toBeUndefined();
    limiter.credentialsRefused(bearing);
  }

  expect(failureOf(() => limiter.beforeCredentials(bearing))).toMatchObject({
    code: 'RATE_LIMITED',
    details: [{ reason: 'ADDRESS_CREDENTIALS' }],
  });
  expect(failureOf(() => limiter.beforeCredentials(exchange('198.51.100.7')))).toBeUndefined();
  const elsewhere = exchange('198.51.100.8', { authorization: 'Bearer guess' });
  expect(failureOf(() => limiter.beforeCredentials(elsewhere))).toBeUndefined();
  clock.now += 2000;
  expect(failureOf(() => limiter.beforeCredentials(bearing))).toBeUndefined();
});

test('SECURITY 20: streams of one caller are bounded, and a place is free again when one ends', () => {
  const { limiter, call } = limited(
    { streams: { perCaller: 2, perAddress: 5 } },
    { rateLimit: { class: 'streams', requestsPerSecond: 0, burst: 0 } },
  );
  const open = (caller: Caller) =>
    call(caller, { method: 'WatchBook', request: create(WatchBookRequestSchema, { bookId: 'dune' }) });
  const [first] = [open(ann), open(ann)];

  expect(open(ann).failure).toMatchObject({
    code: 'RATE_LIMITED',
    details: [{ reason: 'TOO_MANY_STREAMS' }],
  });
  expect(open(bob).failure).toBeUndefined();
  first.end();
  first.end();
  expect(open(ann).failure).toBeUndefined();
  expect(open(ann).failure).toBeDefined();
  expect(limiter.streams()).toBe(3);
});

test('SECURITY 20: streams without credentials are bounded by address, whatever names they use', () => {
  const { limiter, call } = limited({ streams: { perCaller: 2, perAddress: 5 } });
  const opened = Array.from({ length: 20 }, (_, number) =>
    call(userCaller(`u${number}`), { method: 'WatchBook', isVerified: false }),
  );

  expect(opened.filter(({ failure }) => failure === undefined)).toHaveLength(5);
  expect(limiter.streams()).toBe(5);
  for (const { end } of opened) {
    end();
  }
  expect(limiter.streams()).toBe(0);
  expect(call(userCaller('u99'), { method: 'WatchBook', isVerified: false }).failure).toBeUndefined();
});

test('a service may have more streams, but not for one user', () => {
  const { call } = limited(
    { streams: { perCaller: 1, perService: 3 } },
    { rateLimit: { requestsPerSecond: 0 } },
  );
  const opened = (caller: Caller, request?: Message) =>
    Array.from(
      { length: 5 },
      () => call(caller, { method: 'WatchBook', ...(request && { request }) }).failure,
    ).filter((failure) => failure === undefined).length;

  expect(opened(serviceCaller('gateway'))).toBe(3);
  expect(opened(ann)).toBe(1);
});

test('a stream that ended before it was admitted takes no place', () => {
  const { limiter, exchange, plan } = limited();
  const call = { plan: plan('WatchBook'), exchange: exchange('198.51.100.7'), caller: ann };
  limiter.ended(call);

  expect(failureOf(() => limiter.admit(call, true, undefined))).toBeDefined();
  expect(limiter.streams()).toBe(0);
});

test.each([
  [{ maxEntries: 0 }, 'maxEntries is 0'],
  [{ streams: { perCaller: -1 } }, 'streamsPerCaller is -1'],
  [{ perAddress: { requestsPerSecond: Number.NaN, burst: 1 } }, 'perAddress'],
  [{ trustedProxies: ['everyone'] }, 'trustedProxies: "everyone"'],
])('refuses the options %j by name', (options, expected) => {
  expect(() => createRateLimiter(options)).toThrow(expected);
});
