export { type CallerOf, type ClaimNames, claimsMapping } from './claims.ts';
export { firstOf } from './first-of.ts';
export { createJwtAuthenticator } from './jwt.ts';
export type { JwtCacheOptions, JwtOptions } from './jwt-options.ts';
export { createMtlsAuthenticator, type KnownIdentity, type MtlsOptions, type PeerIdentity } from './mtls.ts';
export type { RemoteKeysOptions } from './remote-keys.ts';
