import type { Message } from '@bufbuild/protobuf';
import type { AuthenticationRequest, Caller } from '../caller.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { type MarkedField, markedString } from '../pipeline/marks.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import { createBucketTable, type Space } from './bucket-table.ts';
import { clientAddress } from './client-address.ts';
import { type Rate, type RateInit, rateOf } from './gcra.ts';
import { createOpenStreams } from './open-streams.ts';
import { completeOptions, type RateLimitOptions } from './options.ts';
import { findSubject, type Subject, type SubjectKind, subjectKinds } from './subject.ts';

/** A call as far as it is counted. */
export interface CountedCall {
  readonly plan: MethodPlan;
  readonly exchange: AuthenticationRequest;
  readonly caller: Caller;
}

/** Counts calls by the rates in the policies of their methods, and refuses those that come too often. */
export interface RateLimiter {
  /**
   * Refuses credentials from an address that has shown too many wrong ones, before they are looked at.
   *
   * @throws CallFailure RATE_LIMITED
   */
  beforeCredentials(request: AuthenticationRequest): void;
  /** Counts credentials that turned out not to be valid. */
  credentialsRefused(request: AuthenticationRequest): void;
  /**
   * Counts a call, and a stream among the open ones until `ended`.
   *
   * @param isVerified - whether credentials vouch for the caller
   * @param request - the request, where there is only one
   * @throws CallFailure RATE_LIMITED, with the time after which to ask again
   */
  admit(call: CountedCall, isVerified: boolean, request: Message | undefined): void;
  /** Takes a stream off the open ones, admitted or not. */
  ended(call: CountedCall): void;
  /** Replaces the rates of a class for all its methods, from now on; `undefined` brings the policies' rates back. */
  override(rateClass: string, rate: RateInit | undefined): void;
  /** Callers and addresses that are counted at the moment. */
  entries(): number;
  /** Streams that are open at the moment. */
  streams(): number;
}

/** Everything with one rate class. */
interface RateClass {
  readonly spaces: Readonly<Record<SubjectKind, Space>>;
  override: { readonly rate: Rate | undefined } | undefined;
}

interface MethodLimit {
  readonly rateClass: RateClass;
  readonly rate: Rate | undefined;
  readonly fields: {
    readonly principal: MarkedField | undefined;
    readonly credential: MarkedField | undefined;
  };
  readonly isStream: boolean;
}

/** A limiter that has counted nothing yet. @throws Error that names an option which is out of range */
export function createRateLimiter(options: RateLimitOptions = {}): RateLimiter {
  const { trustedProxies, maxEntries, now, ...bounds } = completeOptions(options);
  const addressOf = clientAddress(trustedProxies);
  const perAddress = rateOf('perAddress', bounds.perAddress);
  const invalidCredentials = rateOf('invalidCredentials', bounds.invalidCredentials);
  const table = createBucketTable(maxEntries);
  const addresses = table.space();
  const offenders = table.space();
  const classes = new Map<string, RateClass>();
  const limits = new Map<MethodPlan, MethodLimit>();
  const streams = createOpenStreams();
  const streamsOf: Readonly<Record<SubjectKind, number>> = {
    user: bounds.streamsPerCaller,
    named: bounds.streamsPerCaller,
    credential: bounds.streamsPerCaller,
    service: bounds.streamsPerService,
    admin: bounds.streamsPerService,
    address: bounds.streamsPerAddress,
  };
  const subject: Subject = { kind: 'address', key: '' };

  const classOf = (name: string): RateClass => {
    let found = classes.get(name);
    if (found === undefined) {
      const spaces = Object.fromEntries(subjectKinds.map((kind) => [kind, table.space()]));
      found = { spaces: spaces as Record<SubjectKind, Space>, override: undefined };
      classes.set(name, found);
    }
    return found;
  };
  const limitOf = (plan: MethodPlan): MethodLimit => {
    let limit = limits.get(plan);
    if (limit === undefined) {
      limit = {
        rateClass: classOf(plan.policy.rateLimit.class),
        rate: rateOf(`${plan.name}: rate_limit`, plan.policy.rateLimit),
        fields: { principal: plan.principal, credential: markedString(plan.described, 'credential') },
        isStream: plan.method.methodKind !== 'unary',
      };
      limits.set(plan, limit);
    }
    return limit;
  };

  const openStream = (call: CountedCall, isVerified: boolean): void => {
    const { kind, key } = subject;
    const who = key === '' ? addressOf(call.exchange) : key;
    const most = streamsOf[kind];
    const isFree =
      streams.open(call, `${kind} ${who}`, most) &&
      (isVerified ||
        kind === 'address' ||
        streams.open(call, `address ${addressOf(call.exchange)}`, bounds.streamsPerAddress));
    if (!isFree) {
      streams.close(call);
      throw runtimeFailure('RATE_LIMITED', 'too many streams are open; end one of them first', [
        { reason: 'TOO_MANY_STREAMS' },
      ]);
    }
  };

  return {
    entries() {
      return table.size(now());
    },
    streams() {
      return streams.size();
    },
    beforeCredentials: (request) => {
      if (offenders.isEmpty || invalidCredentials === undefined || !request.header.has('authorization')) {
        return;
      }
      const waitMs = table.wait(offenders, addressOf(request), invalidCredentials, now());
      if (waitMs > 0) {
        throw tooMany(
          'ADDRESS_CREDENTIALS',
          'too many credentials that are not valid came from this address',
          waitMs,
        );
      }
    },
    credentialsRefused: (request) => {
      if (invalidCredentials !== undefined) {
        table.take(offenders, addressOf(request), invalidCredentials, now());
      }
    },
    admit: (call, isVerified, request) => {
      const { rateClass, rate: own, fields, isStream } = limitOf(call.plan);
      const rate = rateClass.override === undefined ? own : own && rateClass.override.rate;
      if (rate === undefined && !isStream) {
        return;
      }
      findSubject(subject, call.caller, isVerified, request, fields);
      if (rate !== undefined) {
        const at = now();
        const isPerAddress = !isVerified && perAddress !== undefined;
        const address = isPerAddress || subject.kind === 'address' ? addressOf(call.exchange) : '';
        if (isPerAddress) {
          const waitMs = table.take(addresses, address, perAddress, at);
          if (waitMs > 0) {
            throw tooMany(
              'ADDRESS_RATE',
              'too many calls without credentials came from this address',
              waitMs,
            );
          }
        }
        const key = subject.kind === 'address' ? address : subject.key;
        const waitMs = table.take(rateClass.spaces[subject.kind], key, rate, at);
        if (waitMs > 0) {
          const whose = subject.kind === 'address' ? 'this address' : 'this caller';
          throw tooMany('CALLER_RATE', `too many calls came from ${whose}`, waitMs);
        }
      }
      if (isStream) {
        openStream(call, isVerified);
      }
    },
    ended: (call) => streams.close(call),
    override: (name, rate) => {
      const found = classOf(name);
      found.override = rate === undefined ? undefined : { rate: rateOf(`rate class ${name}`, rate) };
    },
  };
}

function tooMany(reason: string, message: string, waitMs: number): Error {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return runtimeFailure('RATE_LIMITED', `${message}; ask again in ${seconds} s`, [{ reason }], {
    retryAfterMs: waitMs,
  });
}
