import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { DeskService, LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { serve, transports } from '../testdata/serve.ts';
import { createJwtAuthenticator } from './jwt.ts';
import { AUDIENCE, ISSUER, jwksServer, NOW, signingKey, token } from './testdata/issuer.ts';

const [key, stranger] = await Promise.all([signingKey('k'), signingKey('s')]);

test.each(Object.entries(transports))(
  'a token opens what its claims permit, over %s',
  async (_, transport) => {
    const { url: jwks, state } = await jwksServer(key);
    const served = await serve({
      authenticate: createJwtAuthenticator({
        issuer: ISSUER,
        audience: AUDIENCE,
        jwks,
        clock: () => NOW * 1000,
      }),
    });
    const wire = transport(served.url);
    const [library, desk] = [createClient(LibraryService, wire), createClient(DeskService, wire)];
    const as = async (claims: Record<string, unknown>, signer = key) => ({
      headers: { authorization: `Bearer ${await token(signer, claims)}` },
    });
    const codeOf = (call: Promise<unknown>) =>
      call.then(
        () => 'OK',
        (reason: unknown) => Code[ConnectError.from(reason).code],
      );
    const ann = await as({});

    expect((await library.wait({}, ann)).caller).toBe('user:ann');
    expect((await library.wait({}, ann)).caller).toBe('user:ann');
    expect(await codeOf(desk.close({}, ann))).toBe('PermissionDenied');
    expect(await codeOf(desk.close({}, await as({ roles: ['admin'] })))).toBe('OK');
    expect(await codeOf(desk.restock({}, await as({ roles: ['service'] })))).toBe('PermissionDenied');
    expect(await codeOf(desk.restock({}, await as({ roles: ['service'], scope: 'stock.write' })))).toBe('OK');
    expect(await codeOf(library.wait({}))).toBe('Unauthenticated');
    expect(await codeOf(library.wait({}, await as({ exp: NOW - 100 })))).toBe('Unauthenticated');
    expect(await codeOf(library.wait({}, await as({}, stranger)))).toBe('Unauthenticated');
    expect(await codeOf(library.getBook({ bookId: 'dune' }, await as({}, stranger)))).toBe('Unauthenticated');
    expect(state.fetches).toBe(1);
  },
);
