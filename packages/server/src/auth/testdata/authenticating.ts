import type { Authenticate, AuthenticationRequest, Caller } from '../../caller.ts';
import { CallFailure } from '../../errors/failure.ts';
import { createJwtAuthenticator } from '../jwt.ts';
import type { JwtOptions } from '../jwt-options.ts';
import { AUDIENCE, ISSUER, NOW } from './issuer.ts';

/** A request with these headers. */
export function requestWith(headers: HeadersInit = {}): AuthenticationRequest {
  return { header: new Headers(headers), peer: '127.0.0.1', protocol: 'connect' };
}

/** An authenticator at a time that stands still, and ways to ask it. */
export function authenticating(options: Pick<JwtOptions, 'jwks'> & Partial<JwtOptions>) {
  const clock = { now: NOW * 1000 };
  const authenticate: Authenticate = createJwtAuthenticator({
    issuer: ISSUER,
    audience: AUDIENCE,
    clock: () => clock.now,
    ...options,
  });
  const ask = (jwt: string) => authenticate(requestWith({ authorization: `Bearer ${jwt}` }));
  return {
    clock,
    authenticate,
    /** The caller of a token. Rejects when it is refused. */
    callerOf: async (jwt: string): Promise<Caller | undefined> => ask(jwt),
    /** Whether the token is remembered: its caller is given back at once. */
    isRemembered: (jwt: string): boolean => {
      const answer = ask(jwt);
      if (answer instanceof Promise) {
        answer.catch(() => undefined);
        return false;
      }
      return answer !== undefined;
    },
    /** Why a token is refused: the reason of its detail. Throws when it is not. */
    refusalOf: async (jwt: string): Promise<string> => {
      const failure = await failureOf(async () => ask(jwt));
      return failure.details[0]?.reason ?? '';
    },
  };
}

/** How something was refused. Throws when it was not refused as UNAUTHENTICATED. */
export async function failureOf(run: () => Promise<unknown>): Promise<CallFailure> {
  const reason = await run().then(
    (caller) => new Error(`expected a refusal, got ${JSON.stringify(caller)}`),
    (thrown: unknown) => thrown,
  );
  if (reason instanceof CallFailure && reason.code === 'UNAUTHENTICATED') {
    return reason;
  }
  throw reason;
}
