import { Auth, type Policy } from '@traffic-tacos/policy';
import type { Caller } from '../caller.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';

/** Throws when a caller may not call a method. */
export type Authorize = (caller: Caller) => void;

const admitted: ReadonlyMap<Auth, readonly Caller['kind'][]> = new Map([
  [Auth.USER, ['user', 'service', 'admin']],
  [Auth.SERVICE, ['service']],
  [Auth.SERVICE_OR_ADMIN, ['service', 'admin']],
  [Auth.ADMIN, ['admin']],
]);

/** What a policy asks of a caller; `undefined` for a public method, which asks nothing. */
export function authorization(policy: Policy): Authorize | undefined {
  if (policy.auth === Auth.PUBLIC) {
    return undefined;
  }
  const kinds = admitted.get(policy.auth) ?? [];
  const { scopes } = policy;
  return (caller) => {
    if (caller.kind === 'anonymous') {
      throw runtimeFailure('UNAUTHENTICATED', 'this method needs credentials, and the request carries none');
    }
    if (!kinds.includes(caller.kind)) {
      throw runtimeFailure('UNAUTHORIZED', `this method is not for callers of kind ${caller.kind}`, [
        { reason: 'ROLE_REQUIRED', value: kinds.join(' or ') },
      ]);
    }
    if (!scopes.every((scope) => caller.scopes.includes(scope))) {
      const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
      throw runtimeFailure(
        'UNAUTHORIZED',
        `the credentials lack the scope ${missing.join(', ')}`,
        missing.map((scope) => ({ reason: 'SCOPE_REQUIRED', value: scope })),
      );
    }
  };
}
