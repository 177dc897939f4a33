import { create, createFileRegistry, fromBinary, type Message, setExtension } from '@bufbuild/protobuf';
import { FieldOptionsSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { PartialPolicy } from '@traffic-tacos/policy';
import {
  FieldPolicySchema,
  field as fieldOption,
} from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';
import type { Caller } from '../../caller.ts';
import { CallFailure } from '../../errors/failure.ts';
import { descriptors } from '../../testdata/serve.ts';
import type { RateLimitOptions } from '../options.ts';
import { createRateLimiter } from '../rate-limiter.ts';
import { libraryPlans } from './plans.ts';

/** The library's descriptors, where a book's id is a credential as a waiting token is one. */
function withCredential() {
  const set = fromBinary(FileDescriptorSetSchema, descriptors);
  const messages = set.file.flatMap((file) => file.messageType);
  const field = messages.find(({ name }) => name === 'GetBookRequest')?.field[0];
  if (field === undefined) {
    throw new Error('GetBookRequest has no field');
  }
  field.options ??= create(FieldOptionsSchema);
  setExtension(field.options, fieldOption, create(FieldPolicySchema, { credential: true }));
  return createFileRegistry(set);
}

/** A limiter over the library's methods, at a time that stands still, with 10 calls a second and 3 at once. */
export function limited(options: RateLimitOptions = {}, policy: PartialPolicy = {}) {
  const clock = { now: 1000 };
  const limiter = createRateLimiter({ now: () => clock.now, ...options });
  const plan = libraryPlans(withCredential(), {
    rateLimit: { class: 'library', requestsPerSecond: 10, burst: 3 },
    ...policy,
  });
  const exchange = (peer: string, headers: HeadersInit = {}) => ({
    peer,
    protocol: 'grpc',
    header: new Headers(headers),
  });
  /** One call; the failure it met, if any. */
  const call = (
    caller: Caller,
    {
      peer = '198.51.100.7',
      method = 'GetLoan',
      request,
      isVerified = caller.kind !== 'anonymous',
    }: CallInit = {},
  ) => {
    const counted = { plan: plan(method), exchange: exchange(peer), caller };
    const failure = failureOf(() => limiter.admit(counted, isVerified, request));
    return { failure, end: () => limiter.ended(counted) };
  };
  /** How many of so many calls are let through. */
  const through = (times: number, caller: Caller, init: CallInit = {}) =>
    Array.from({ length: times }, () => call(caller, init).failure).filter((failure) => failure === undefined)
      .length;
  return { limiter, clock, call, through, exchange, plan };
}

/** What a call is like, where it matters. */
export interface CallInit {
  readonly peer?: string;
  readonly method?: string;
  readonly request?: Message;
  readonly isVerified?: boolean;
}

/** How something was refused, if it was. */
export function failureOf(run: () => void): CallFailure | undefined {
  try {
    run();
    return undefined;
  } catch (reason) {
    if (reason instanceof CallFailure) {
      return reason;
    }
    throw reason;
  }
}
