import type { Message } from '@bufbuild/protobuf';
import { anonymous, type Caller, unrestricted, userCaller } from '../caller.ts';
import type { CallContext } from './call-context.ts';
import { bindPrincipal, namedPrincipal } from './principal.ts';
import type { Runtime } from './runtime.ts';

/**
 * Finds out who calls and whether they may: credentials, then the method's auth class and scopes.
 *
 * @param first - the request, where there is only one; names the caller in a profile without credentials
 * @throws CallFailure UNAUTHENTICATED or UNAUTHORIZED, and whatever `authenticate` throws
 */
export async function admit(runtime: Runtime, call: CallContext, first: Message | undefined): Promise<void> {
  const { exchange, plan } = call;
  const known = exchange.caller ?? runtime.authenticate?.(exchange);
  const caller = known instanceof Promise ? await known : known;
  // A service that hands a call on hands the anonymous caller on, too.
  if ((caller === undefined || caller.kind === 'anonymous') && !runtime.profile.requireCredentials) {
    call.caller = named(call, first);
    return;
  }
  call.caller = caller ?? anonymous;
  plan.authorize?.(call.caller);
}

/** The caller as the request names them. */
function named(call: CallContext, request: Message | undefined): Caller {
  const { principal } = call.plan;
  const id = principal === undefined || request === undefined ? '' : namedPrincipal(request, principal);
  return id === '' ? unrestricted : userCaller(id);
}

/** Checks one request of an admitted call: whom it acts for, and the rules of the contract. */
export function checkRequest(call: CallContext, request: Message): void {
  const { plan } = call;
  if (plan.principal !== undefined) {
    bindPrincipal(request, plan.principal, call.caller);
  }
  plan.validate?.(request);
}
