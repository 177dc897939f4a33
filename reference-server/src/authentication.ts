import {
  type Authenticate,
  createJwtAuthenticator,
  createMtlsAuthenticator,
  firstOf,
  type KnownIdentity,
} from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Settings } from './config/index.ts';
import { DEV_AUDIENCE, DEV_ISSUER, devIssuerKeyFile, openDevIssuer } from './dev-issuer.ts';

type AuthSettings = Pick<
  Settings,
  'authIssuer' | 'authAudience' | 'authJwksUrl' | 'data' | 'devIssuer' | 'devIssuerKey' | 'serviceIdentities'
>;

/**
 * Who calls, by what the settings have of it; `undefined` where they have nothing. A token comes before a certificate:
 * a service that hands on a buyer's token acts as that buyer.
 *
 * @throws Error when the key of the development issuer cannot be used.
 */
export async function authenticationOf(
  settings: AuthSettings,
  { logger, clock }: { readonly logger: Logger; readonly clock: () => number },
): Promise<Authenticate | undefined> {
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
  if (settings.devIssuer) {
    const file = devIssuerKeyFile(settings);
    const { jwks } = await openDevIssuer(file);
    ways.push(createJwtAuthenticator({ issuer: DEV_ISSUER, audience: DEV_AUDIENCE, jwks, clock }));
    logger.warn(
      { key: file },
      'DEVELOPMENT ISSUER: whoever can read its key is anybody here; for local use alone',
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
