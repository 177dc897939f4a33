import { create, type Message } from '@bufbuild/protobuf';
import { type PartialPolicy, Priority } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { type Authenticate, anonymous, type Caller, serviceCaller, userCaller } from '../caller.ts';
import { CallFailure, refuse } from '../errors/failure.ts';
import { LocalExchange } from '../local/local-exchange.ts';
import { createRateLimiter, type RateLimitOptions } from '../rate-limit/index.ts';
import { libraryPlans } from '../rate-limit/testdata/plans.ts';
import type { LoadShedder } from '../shedding/index.ts';
import { GetLoanRequestSchema } from '../testdata/gen/library/v1/library_pb.js';
import { descriptors, libraryErrors } from '../testdata/serve.ts';
import { type AdmissionRuntime, admit } from './admission.ts';

const ann = userCaller('ann');
const strict = { requireCredentials: true, requireIdempotencyKey: true };
const lenient = { requireCredentials: false, requireIdempotencyKey: false };

interface Setting {
  readonly authenticate?: Authenticate;
  readonly profile?: AdmissionRuntime['profile'];
  readonly shedder?: LoadShedder;
  readonly limits?: RateLimitOptions;
  readonly policy?: PartialPolicy;
  readonly method?: string;
}

/** A server as far as admission is concerned, and calls to it. */
function admission({
  authenticate,
  profile = strict,
  shedder,
  limits,
  policy,
  method = 'GetLoan',
}: Setting = {}) {
  const plan = libraryPlans(descriptors, {
    rateLimit: { class: 'library', requestsPerSecond: 1, burst: 2 },
    ...policy,
  })(method);
  const rateLimiter = createRateLimiter({ now: () => 1000, ...limits });
  const runtime = { errors: libraryErrors, authenticate, profile, rateLimiter, shedder };
  const call = (headers: Record<string, string> = {}, local?: Caller) => {
    const exchange = new LocalExchange({
      as: local ?? anonymous,
      name: plan.name,
      options: { headers },
      signal: undefined,
      timeoutMs: undefined,
      values: undefined,
    });
    // As from a socket, unless it is said to come from this process.
    if (local === undefined) {
      Object.defineProperty(exchange, 'caller', { value: undefined });
      Object.defineProperty(exchange, 'peer', { value: '198.51.100.7' });
    }
    return { plan, exchange, caller: anonymous };
  };
  return { runtime, rateLimiter, call };
}

async function codeOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return 'admitted';
  } catch (reason) {
    return reason instanceof CallFailure ? reason.code : reason;
  }
}

const loan: Message = create(GetLoanRequestSchema, { loanId: 'a', memberId: 'ann' });

test('waits for nothing when the caller is known at once', () => {
  const { runtime, call } = admission({ authenticate: () => ann });
  const one = call();

  expect(admit(runtime, one, loan)).toBeUndefined();
  expect(one.caller).toBe(ann);
});

test('waits for an authenticator that has to', async () => {
  const { runtime, call } = admission({ authenticate: async () => ann });
  const one = call();
  const pending = admit(runtime, one, loan);

  expect(pending).toBeInstanceOf(Promise);
  await pending;
  expect(one.caller).toBe(ann);
});

test('counts callers, whether their credentials were known at once or not', async () => {
  for (const authenticate of [() => ann, async () => ann]) {
    const { runtime, call } = admission({ authenticate });
    const codes = [1, 2, 3].map(() => codeOf(() => admit(runtime, call(), loan)));

    expect(await Promise.all(codes)).toEqual(['admitted', 'admitted', 'RATE_LIMITED']);
  }
});

test('authorization comes before counting: who may not call uses up nothing', async () => {
  const { runtime, rateLimiter, call } = admission();

  expect(await codeOf(() => admit(runtime, call(), loan))).toBe('UNAUTHENTICATED');
  expect(rateLimiter.entries()).toBe(0);
});

test('calls from this process are neither shed nor counted', async () => {
  const shedder: LoadShedder = {
    admit: () => {
      throw refuse('UNAVAILABLE', 'busy');
    },
    refusedShare: () => 1,
    refused: () => 0,
    stop: () => undefined,
  };
  const { runtime, rateLimiter, call } = admission({ shedder });
  for (let times = 0; times < 10; times++) {
    expect(await codeOf(() => admit(runtime, call({}, serviceCaller('worker')), loan))).toBe('admitted');
  }

  expect(rateLimiter.entries()).toBe(0);
  expect(await codeOf(() => admit(runtime, call(), loan))).toBe('UNAVAILABLE');
});

test('shedding goes by the priority of the policy, before anybody looks at credentials', async () => {
  const seen: unknown[] = [];
  const shedder: LoadShedder = {
    admit: (priority) => {
      seen.push(priority);
      throw refuse('UNAVAILABLE', 'busy');
    },
    refusedShare: () => 1,
    refused: () => 0,
    stop: () => undefined,
  };
  const authenticate = () => {
    seen.push('credentials');
    return ann;
  };
  const { runtime, call } = admission({ shedder, authenticate, policy: { priority: Priority.CRITICAL } });

  expect(await codeOf(() => admit(runtime, call(), loan))).toBe('UNAVAILABLE');
  expect(seen).toEqual([Priority.CRITICAL]);
});

test('SECURITY 19: credentials that keep being wrong are not looked at any more', async () => {
  let looked = 0;
  const wrong = () => {
    looked++;
    throw refuse('UNAUTHENTICATED', 'the token is not valid');
  };
  for (const authenticate of [wrong, async () => wrong()]) {
    looked = 0;
    const { runtime, call } = admission({
      authenticate,
      limits: { invalidCredentials: { requestsPerSecond: 1, burst: 5 } },
    });
    const codes: unknown[] = [];
    for (let guess = 0; guess < 8; guess++) {
      codes.push(await codeOf(() => admit(runtime, call({ authorization: 'Bearer guess' }), loan)));
    }

    expect(codes).toEqual([...Array(5).fill('UNAUTHENTICATED'), ...Array(3).fill('RATE_LIMITED')]);
    expect(looked).toBe(5);
  }
});

test('a fault of the authenticator is nobody’s wrong guess', async () => {
  const fault = new Error('the key store is gone');
  const authenticate = () => {
    throw fault;
  };
  const { runtime, rateLimiter, call } = admission({ authenticate });

  expect(await codeOf(() => admit(runtime, call(), loan))).toBe(fault);
  expect(rateLimiter.entries()).toBe(0);
});

test('a user that a request only names is limited by address as well', async () => {
  const { runtime, call } = admission({
    profile: lenient,
    limits: { perAddress: { requestsPerSecond: 1, burst: 3 } },
  });
  const codes = ['ann', 'bob', 'cat', 'dan'].map((memberId) =>
    codeOf(() => admit(runtime, call(), create(GetLoanRequestSchema, { memberId }))),
  );

  expect(await Promise.all(codes)).toEqual(['admitted', 'admitted', 'admitted', 'RATE_LIMITED']);
});
