import {
  type Authenticate,
  createJwtAuthenticator,
  createMtlsAuthenticator,
  firstOf,
  type KnownIdentity,
} from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Settings } from './config/index.ts';

type AuthSettings = Pick<Settings, 'authIssuer' | 'authAudience' | 'authJwksUrl' | 'serviceIdentities'>;

/**
 * Who calls, by what the settings have of it; `undefined` where they have nothing. A token comes before a certificate:
 * a service that hands on a buyer's token acts as that buyer.
 */
export function authenticationOf(
  settings: AuthSettings,
  { logger, clock }: { readonly logger: Logger; readonly clock: () => number },
): Authenticate | undefined {
  const ways: Authenticate[] = [];
  if (settings.authJwksUrl !== '') {
    ways.push(
      createJwtAuthenticator({
        issuer: settings.authIssuer,
        audience: settings.authAudience,
        jwks: new URL(settings.authJwksUrl),
        keySet: { onError: (err) => logger.warn({ err }, 'the key set of the issuer cannot be had') },
        clock,
      }),
    );
  }
  if (settings.serviceIdentities.length > 0) {
    ways.push(createMtlsAuthenticator({ identities: settings.serviceIdentities.map(identityOf) }));
  }
  return ways.length === 0 ? undefined : firstOf(...ways);
}

function identityOf(name: string): KnownIdentity {
  if (name.startsWith('CN=')) {
    return { commonName: name.slice('CN='.length) };
  }
  return name.includes('://') ? { uri: name } : { dns: name };
}
