import type { PeerCertificate } from 'node:tls';

/** Who makes a call, as far as policies are concerned. */
export interface Caller {
  /** `anonymous` has shown no credentials. */
  readonly kind: 'anonymous' | 'user' | 'service' | 'admin';
  /** Unique among callers of the same kind; empty for an anonymous one. */
  readonly id: string;
  /** What the caller's credentials permit. */
  readonly scopes: readonly string[];
  /** Whether the caller may act for other users and read what belongs to them. */
  readonly actsForAnyone: boolean;
}

/** What is known of a request before it is read. */
export interface AuthenticationRequest {
  /** The request's headers; names are matched without regard to case. */
  readonly header: Pick<Headers, 'get' | 'has'>;
  /** Address of the connected peer, e.g. `127.0.0.1`; `undefined` where the engine knows none. */
  readonly peer: string | undefined;
  /** `grpc`, `grpc-web` or `connect`. */
  readonly protocol: string;
  /**
   * The client's certificate, where the connection has one and it was verified against the configured authorities;
   * the same object for every call of a connection. Missing where the engine has no TLS.
   */
  peerCertificate?(): PeerCertificate | undefined;
}

/**
 * Finds out who calls. `undefined` means that the request carries no credentials. Credentials that are not
 * valid are refused by throwing `refuse('UNAUTHENTICATED', …)`.
 */
export type Authenticate = (
  request: AuthenticationRequest,
) => Caller | undefined | Promise<Caller | undefined>;

/** A caller without credentials, where credentials count. */
export const anonymous: Caller = Object.freeze({
  kind: 'anonymous',
  id: '',
  scopes: [],
  actsForAnyone: false,
});

/** A caller without credentials where none are asked for: nothing is held back. */
export const unrestricted: Caller = Object.freeze({ ...anonymous, actsForAnyone: true });

/** A service of the same platform, which acts for anyone. */
export function serviceCaller(id: string, scopes: readonly string[] = []): Caller {
  return { kind: 'service', id, scopes, actsForAnyone: true };
}

/** A user, who acts for nobody else. */
export function userCaller(id: string, scopes: readonly string[] = []): Caller {
  return { kind: 'user', id, scopes, actsForAnyone: false };
}
