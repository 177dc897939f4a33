import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { SettingsInput } from '../config/index.ts';
import type { CleanUp } from './serve.ts';

/** Who a token is for. */
export interface Bearer {
  readonly sub: string;
  readonly roles?: readonly string[];
  /** Epoch seconds. Default: in an hour. */
  readonly exp?: number;
  readonly aud?: string;
  /** Others. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** An identity provider. */
export interface Issuer {
  /** The settings of a server that trusts it. */
  readonly settings: SettingsInput;
  /** A signed access token. */
  token(bearer: Bearer): Promise<string>;
}

const AUDIENCE = 'tacos';

/** Starts an identity provider on this machine, with its key set behind a URL. */
export async function startIssuer(cleanUp: CleanUp): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const header = { alg: 'ES256', kid: 'key-1' };
  const keys = [{ ...(await exportJWK(publicKey)), ...header, use: 'sig' }];
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    settings: { authIssuer: issuer, authAudience: AUDIENCE, authJwksUrl: `${issuer}/keys` },
    token: ({ sub, roles = [], exp, aud = AUDIENCE, claims }) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ ...claims, iss: issuer, aud, sub, roles, nbf: now - 1, exp: exp ?? now + 3600 })
        .setProtectedHeader(header)
        .sign(privateKey);
    },
  };
}
