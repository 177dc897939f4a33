import type { Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { anonymous, type Caller, unrestricted, userCaller } from '../caller.ts';
import { CallFailure } from '../errors/failure.ts';
import { resolveCode, runtimeFailure } from '../errors/runtime-code.ts';
import { passGate } from '../gate.ts';
import type { CallContext } from './call-context.ts';
import type { MethodPlan } from './method-plan.ts';
import { bindPrincipal, namedPrincipal } from './principal.ts';
import { isPromise } from './promise.ts';
import type { Runtime } from './runtime.ts';

/** What admission needs of a server. */
export type AdmissionRuntime = Pick<
  Runtime,
  'authenticate' | 'errors' | 'gate' | 'profile' | 'rateLimiter' | 'shedder'
>;

/** What admission needs of a call, and settles about it. */
export type AdmissionCall = Pick<CallContext, 'caller' | 'exchange' | 'plan'>;

/**
 * Finds out whether the server has time for a call, who calls, whether they may, whether the call is stopped by hand,
 * and whether they call too often: in this order, the cheapest refusal first. A promise only where finding out who calls
 * is one.
 *
 * Calls from this process are neither shed nor counted: the call that they are part of has been.
 *
 * @param first - the request, where there is only one; names the caller in a profile without credentials
 * @throws CallFailure UNAVAILABLE, UNAUTHENTICATED, UNAUTHORIZED or RATE_LIMITED, and whatever `authenticate` throws
 */
export function admit(
  runtime: AdmissionRuntime,
  call: AdmissionCall,
  first: Message | undefined,
): void | Promise<void> {
  const { exchange } = call;
  if (exchange.caller !== undefined) {
    know(runtime, call, exchange.caller, first);
    passGate(runtime.gate, call.plan, call.caller, true);
    return;
  }
  const { authenticate, rateLimiter, shedder } = runtime;
  try {
    shedder?.admit(call.plan.policy.priority);
  } catch (reason) {
    call.plan.metrics?.refused('shed');
    throw reason;
  }
  if (authenticate === undefined) {
    admitCaller(runtime, call, undefined, first);
    return;
  }
  rateLimiter?.beforeCredentials(exchange);
  let caller: ReturnType<typeof authenticate>;
  try {
    caller = authenticate(exchange);
  } catch (reason) {
    countRefusal(runtime, call, reason);
    throw reason;
  }
  return isPromise(caller)
    ? admitLater(runtime, call, caller, first)
    : admitCaller(runtime, call, caller, first);
}

async function admitLater(
  runtime: AdmissionRuntime,
  call: AdmissionCall,
  caller: Promise<Caller | undefined>,
  first: Message | undefined,
): Promise<void> {
  let known: Caller | undefined;
  try {
    known = await caller;
  } catch (reason) {
    countRefusal(runtime, call, reason);
    throw reason;
  }
  admitCaller(runtime, call, known, first);
}

/** Has wrong credentials count against the address they came from. */
export function countRefusal(
  { errors, rateLimiter }: AdmissionRuntime,
  { exchange }: AdmissionCall,
  reason: unknown,
): void {
  // A fault of the server is nobody's wrong guess.
  if (rateLimiter === undefined || !(reason instanceof CallFailure)) {
    return;
  }
  if (resolveCode(errors, reason.code)?.status === Code.Unauthenticated) {
    rateLimiter.credentialsRefused(exchange);
  }
}

function admitCaller(
  runtime: AdmissionRuntime,
  call: AdmissionCall,
  caller: Caller | undefined,
  first: Message | undefined,
): void {
  know(runtime, call, caller, first);
  passGate(runtime.gate, call.plan, call.caller, false);
  const isVerified = caller !== undefined && caller.kind !== 'anonymous';
  try {
    runtime.rateLimiter?.admit(call, isVerified, first);
  } catch (reason) {
    call.plan.metrics?.refused('rate_limited');
    throw reason;
  }
}

/** Settles who the caller is, and whether the method is for them. */
function know(
  { profile }: AdmissionRuntime,
  call: AdmissionCall,
  caller: Caller | undefined,
  first: Message | undefined,
): void {
  // A service that hands a call on hands the anonymous caller on, too.
  if ((caller === undefined || caller.kind === 'anonymous') && !profile.requireCredentials) {
    call.caller = named(call, first);
    return;
  }
  call.caller = caller ?? anonymous;
  call.plan.authorize?.(call.caller);
}

/** The caller as the request names them. */
function named(call: AdmissionCall, request: Message | undefined): Caller {
  const { principal } = call.plan;
  const id = principal === undefined || request === undefined ? '' : namedPrincipal(request, principal);
  return id === '' ? unrestricted : userCaller(id);
}

/** Tells an admitted caller, and nobody else, that nobody implements a method. @throws CallFailure UNIMPLEMENTED */
export function checkImplemented({ handler, name }: Pick<MethodPlan, 'handler' | 'name'>): void {
  if (handler === undefined) {
    throw runtimeFailure('UNIMPLEMENTED', `${name} is not implemented`);
  }
}

/** Checks one request of an admitted call: whom it acts for, that somebody implements it, and the rules of the contract. */
export function checkRequest(call: AdmissionCall, request: Message): void {
  const { exchange, plan } = call;
  if (plan.principal !== undefined) {
    bindPrincipal(request, plan.principal, call.caller);
  }
  checkImplemented(plan);
  plan.validate?.(request, exchange);
}
