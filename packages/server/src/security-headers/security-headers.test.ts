import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type HeaderSet, NO_STORE, securityHeaders, wantsSecurityHeaders } from './index.ts';

const common = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

test('answers that are data allow nothing', () => {
  expect(securityHeaders({ tls: false }).api.record).toEqual({
    ...common,
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
});

test('the page may load scripts from this server, and none that stand in it', () => {
  const { 'content-security-policy': policy, ...rest } = securityHeaders({ tls: false }).page.record;
  const directives = new Map(
    policy?.split('; ').map((directive) => directive.split(/ (.*)/) as [string, string]),
  );

  expect(rest).toEqual(common);
  expect(directives.get('default-src')).toBe("'none'");
  expect(directives.get('script-src')).toBe("'self'");
  expect(directives.get('connect-src')).toBe("'self'");
  expect(directives.get('frame-ancestors')).toBe("'none'");
});

test('over TLS browsers are told to come back over TLS', () => {
  const hsts = (seconds?: number) =>
    securityHeaders({ tls: true, hstsMaxAgeSeconds: seconds }).api.record['strict-transport-security'];

  expect(hsts()).toBe('max-age=63072000; includeSubDomains');
  expect(hsts(300)).toBe('max-age=300; includeSubDomains');
  expect(hsts(0)).toBeUndefined();
  expect(securityHeaders({ tls: true }).page.record).toHaveProperty('strict-transport-security');
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'a time that is none is refused: %s',
  (seconds) => {
    expect(() => securityHeaders({ tls: true, hstsMaxAgeSeconds: seconds })).toThrow(
      /hstsMaxAgeSeconds is .*; expected a whole number of seconds/,
    );
  },
);

test('all forms say the same', () => {
  const { api, page } = securityHeaders({ tls: true });
  for (const { pairs, flat, record } of [api, page]) {
    expect(Object.fromEntries(pairs)).toEqual(record);
    expect(flat).toEqual(pairs.flat());
  }
});

test('they arrive', async () => {
  const { api } = securityHeaders({ tls: true });
  const answer = async (set: HeaderSet): Promise<Headers> => {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, [...set.flat, ...NO_STORE]);
      response.end();
    });
    onTestFinished(() => {
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).headers;
  };

  expect(Object.fromEntries(await answer(api))).toMatchObject({
    ...api.record,
    'cache-control': 'no-store',
  });
});

test.each([
  ['application/json', true],
  ['application/proto', true],
  ['text/html; charset=utf-8', true],
  ['application/grpc', false],
  ['application/grpc+proto', false],
  ['application/grpc-web+proto', false],
])('gRPC’s own answers do without: %s', (contentType, wants) => {
  expect(wantsSecurityHeaders(contentType)).toBe(wants);
});
