import { errors } from 'jose';
import { runtimeFailure } from '../errors/runtime-code.ts';

/** What is said of a token whose key nobody knows. */
export function unknownKey(): Error {
  return refusal('TOKEN_KEY_UNKNOWN', 'the token is signed with a key that this server does not know');
}

/**
 * Says what is wrong with a token, without a word of what is in it. Faults that are not the token's are given back as
 * they are.
 */
export function tokenRefusal(reason: unknown): unknown {
  if (reason instanceof errors.JWTExpired) {
    return refusal('TOKEN_EXPIRED', 'the token has expired');
  }
  if (reason instanceof errors.JWTClaimValidationFailed) {
    return ofClaim(reason);
  }
  if (reason instanceof errors.JOSEAlgNotAllowed || reason instanceof errors.JOSENotSupported) {
    return refusal(
      'TOKEN_ALGORITHM',
      'the token is signed in a way (alg, crit) that this server does not accept',
    );
  }
  if (reason instanceof errors.JWSSignatureVerificationFailed) {
    return refusal('TOKEN_SIGNATURE', 'the signature of the token is not valid');
  }
  if (reason instanceof errors.JWSInvalid || reason instanceof errors.JWTInvalid) {
    return refusal('TOKEN_MALFORMED', 'the token is malformed; expected a signed JWT');
  }
  return reason;
}

function ofClaim({ claim, reason }: errors.JWTClaimValidationFailed): Error {
  if (reason === 'missing') {
    return refusal('TOKEN_CLAIM_MISSING', `the token lacks the claim ${claim}`, claim);
  }
  if (reason === 'invalid') {
    return refusal('TOKEN_MALFORMED', `the claim ${claim} of the token is not of its type`, claim);
  }
  return claim === 'nbf'
    ? refusal('TOKEN_NOT_YET_VALID', 'the token is not valid yet')
    : refusal('TOKEN_CLAIM', `the claim ${claim} of the token is not the one this server expects`, claim);
}

function refusal(reason: string, message: string, value?: string): Error {
  return runtimeFailure('UNAUTHENTICATED', message, [value === undefined ? { reason } : { reason, value }]);
}
