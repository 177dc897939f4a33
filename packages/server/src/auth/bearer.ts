import { runtimeFailure } from '../errors/runtime-code.ts';

const SCHEME = 'bearer';
/** Characters of a token; longer ones are refused before anything is computed. */
const MAX_TOKEN = 8 * 1024;
/** Three parts in base64url, as in RFC 7515. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/**
 * The token of an `authorization` header. `undefined` when the header is of another scheme, which somebody else may
 * know.
 *
 * @throws CallFailure UNAUTHENTICATED when it is no token of the form that JWTs have
 */
export function bearerToken(authorization: string): string | undefined {
  const end = authorization.indexOf(' ');
  const scheme = end === -1 ? authorization : authorization.slice(0, end);
  if (scheme.toLowerCase() !== SCHEME) {
    return undefined;
  }
  const token = end === -1 ? '' : authorization.slice(end).trim();
  if (token === '') {
    throw malformed('the authorization header has no token after "Bearer"');
  }
  if (token.length > MAX_TOKEN) {
    throw malformed(`the token has ${token.length} characters; expected at most ${MAX_TOKEN}`);
  }
  if (!COMPACT.test(token)) {
    throw malformed('the token is malformed; expected a JWT, which is three parts in base64url');
  }
  return token;
}

function malformed(message: string): Error {
  return runtimeFailure('UNAUTHENTICATED', message, [{ reason: 'TOKEN_MALFORMED' }]);
}
