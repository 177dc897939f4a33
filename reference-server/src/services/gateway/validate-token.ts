import { create } from '@bufbuild/protobuf';
import {
  type UserContext,
  UserContextSchema,
  type ValidateTokenRequest,
  type ValidateTokenResponse,
  ValidateTokenResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { type Authenticate, type Caller, CallFailure } from '@traffic-tacos/server';
import { decodeJwt, type JWTPayload } from 'jose';
import { timestampOf } from '../shared/time.ts';

/** Claims that say something about the token, or have a field of their own. */
const OWN_FIELDS = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'azp', 'client_id', 'scope', 'scp', 'roles'],
  ...['name', 'preferred_username', 'email'],
]);

/**
 * Looks at an access token as at that of a call. A server that accepts no tokens finds none valid.
 *
 * @param authenticate What decides about the tokens of calls.
 */
export async function validateToken(
  authenticate: Authenticate | undefined,
  { token, requiredScope }: ValidateTokenRequest,
): Promise<ValidateTokenResponse> {
  const caller = await callerOf(authenticate, token);
  if (caller === undefined || (requiredScope !== '' && !caller.scopes.includes(requiredScope))) {
    return create(ValidateTokenResponseSchema);
  }
  // Verified by now, so this only reads it.
  const claims = decodeJwt(token);
  return create(ValidateTokenResponseSchema, {
    valid: true,
    user: userOf(caller, claims),
    scopes: [...caller.scopes],
    ...(claims.exp !== undefined && { expiresAt: timestampOf(claims.exp * 1000) }),
  });
}

/** @throws what keeps the authenticator from looking at the token. */
async function callerOf(authenticate: Authenticate | undefined, token: string): Promise<Caller | undefined> {
  const header = new Headers();
  try {
    header.set('authorization', `Bearer ${token}`);
  } catch {
    // No token has characters that a header cannot have.
    return undefined;
  }
  try {
    return await authenticate?.({ header, peer: undefined, protocol: 'connect' });
  } catch (error) {
    if (error instanceof CallFailure && error.code === 'UNAUTHENTICATED') {
      return undefined;
    }
    throw error;
  }
}

function userOf({ id }: Caller, claims: JWTPayload): UserContext {
  const others = Object.entries(claims).filter(
    (claim): claim is [string, string] => typeof claim[1] === 'string' && !OWN_FIELDS.has(claim[0]),
  );
  return create(UserContextSchema, {
    userId: id,
    username: textOf(claims.name) || textOf(claims.preferred_username),
    email: textOf(claims.email),
    roles: wordsOf(claims.roles),
    attributes: Object.fromEntries(others),
  });
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

/** A list, or words separated by spaces. */
function wordsOf(claim: unknown): string[] {
  const words = Array.isArray(claim) ? claim : textOf(claim).split(' ');
  return words.filter((word) => typeof word === 'string' && word !== '');
}
