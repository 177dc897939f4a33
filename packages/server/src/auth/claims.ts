import type { JWTPayload } from 'jose';
import { type Caller, serviceCaller, userCaller } from '../caller.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';

/** Which claims say what about a caller. */
export interface ClaimNames {
  /** Claims with scopes, each a list or words separated by spaces. Default: `scope` (RFC 8693) and `scp`. */
  readonly scopes?: readonly string[] | undefined;
  /** The claim with the roles, a list or words separated by spaces. Default: `roles` (RFC 9068). */
  readonly roles?: string | undefined;
  /** The role that makes an admin. Default: `admin`. */
  readonly adminRole?: string | undefined;
  /** The role that makes a service of the platform. Default: `service`. */
  readonly serviceRole?: string | undefined;
}

/** Whom the claims of a verified token stand for. `undefined`: for nobody, and the token is refused. */
export type CallerOf = (claims: JWTPayload) => Caller | undefined;

/** A user id in a contract has no more, and neither has the `sub` of OpenID Connect. */
const MAX_ID = 255;

/**
 * The usual meaning of claims: `sub` is the caller's id, `scope` and `scp` are the scopes; whoever has the role `admin`
 * is an admin, who has the role `service` a service, and everybody else a user. Admins and services act for anyone.
 */
export function claimsMapping(names: ClaimNames = {}): CallerOf {
  const scopeClaims = names.scopes ?? ['scope', 'scp'];
  const { roles: rolesClaim = 'roles', adminRole = 'admin', serviceRole = 'service' } = names;
  return (claims) => {
    const id = claims.sub ?? '';
    const scopes = [...new Set(scopeClaims.flatMap((claim) => words(claims[claim])))];
    const roles = words(claims[rolesClaim]);
    if (roles.includes(adminRole)) {
      return { kind: 'admin', id, scopes, actsForAnyone: true };
    }
    return roles.includes(serviceRole) ? serviceCaller(id, scopes) : userCaller(id, scopes);
  };
}

/**
 * The caller of a token. Frozen: all calls with the token share it.
 *
 * @throws CallFailure UNAUTHENTICATED when `sub` is no id, or the mapping knows nobody
 */
export function callerOf(claims: JWTPayload, mapping: CallerOf): Caller {
  const { sub } = claims as { readonly sub?: unknown };
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_ID) {
    throw refusal(`the claim sub of the token is no id; expected 1 to ${MAX_ID} characters`);
  }
  const caller = mapping(claims);
  if (caller === undefined || (caller.id === '' && caller.kind !== 'anonymous')) {
    throw refusal('the token stands for nobody that this server knows');
  }
  return Object.freeze({ ...caller, scopes: Object.freeze([...caller.scopes]) });
}

function words(claim: unknown): string[] {
  if (typeof claim === 'string') {
    return claim.split(' ').filter((word) => word !== '');
  }
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

function refusal(message: string): Error {
  return runtimeFailure('UNAUTHENTICATED', message, [{ reason: 'TOKEN_SUBJECT' }]);
}
