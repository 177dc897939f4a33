import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** A key pair of an issuer. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: PrivateKey;
  readonly jwk: JWK;
}

/** A new key pair. */
export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, alg, privateKey, jwk };
}

/** Name of the issuer of all tokens in these tests. */
export const ISSUER = 'https://id.example.com/';
/** Whom the tokens are for. */
export const AUDIENCE = 'library';
/** Epoch seconds at which the tokens in these tests begin. */
export const NOW = 1_800_000_000;

/** Claims with which a token is accepted; `undefined` leaves one out. */
export type Claims = Partial<Record<keyof JWTPayload | string, unknown>>;

/** A token by a key, good for ten minutes, with these claims changed. */
export function token(
  key: SigningKey,
  claims: Claims = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const all = { iss: ISSUER, aud: AUDIENCE, sub: 'ann', nbf: NOW, exp: NOW + 600, ...claims };
  const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(present as JWTPayload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

/** Serves a key set over HTTP until the test is over. */
export async function jwksServer(...keys: readonly SigningKey[]) {
  const state = {
    keys: keys.map(({ jwk }): unknown => jwk),
    /** Replaces the answer; `undefined` serves the keys. */
    answer: undefined as
      | { readonly status: number; readonly body: string; readonly location?: string }
      | undefined,
    fetches: 0,
    /** What is served under `/moved`. */
    moved: [] as unknown[],
    /** The answer waits for it. */
    gate: Promise.resolve(),
  };
  const server = createServer(async (request, response) => {
    state.fetches++;
    await state.gate;
    const keys = request.url === '/moved' ? state.moved : state.keys;
    const whole = { status: 200, body: JSON.stringify({ keys }), location: undefined };
    const { status, body, location } = request.url === '/moved' ? whole : (state.answer ?? whole);
    response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) });
    response.end(body);
  });
  const listen = (port: number) =>
    new Promise<number>((resolve) => {
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  const port = await listen(0);
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => (server.listening ? stop() : undefined));
  return { state, url: new URL(`http://127.0.0.1:${port}/jwks.json`), stop, restart: () => listen(port) };
}
