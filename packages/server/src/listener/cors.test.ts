import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serve } from '../testdata/serve.ts';
import { type CorsAnswer, type CorsOptions, createCors } from './cors.ts';

const app = 'https://app.example.com';

function named({ fields }: CorsAnswer): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : [])),
  );
}

function listed(answer: CorsAnswer, name: string): string[] {
  return (named(answer)[name] ?? '').toLowerCase().split(', ');
}

test('SECURITY 29: an origin on the list may call, with the headers of every protocol and our own', () => {
  const answer = createCors({ origins: [app, 'http://localhost:5173'] })(app, 'OPTIONS', 'POST');

  expect(answer.preflight).toBe(204);
  expect(named(answer)).toMatchObject({ 'access-control-allow-origin': app, vary: 'Origin' });
  expect(listed(answer, 'access-control-allow-headers')).toEqual(
    expect.arrayContaining([
      ...['content-type', 'connect-protocol-version', 'connect-timeout-ms', 'x-grpc-web', 'x-user-agent'],
      ...['grpc-timeout', 'authorization', 'idempotency-key', 'traceparent', 'tracestate', 'last-event-id'],
    ]),
  );
  expect(listed(answer, 'access-control-allow-methods')).toEqual([
    'get',
    'head',
    'post',
    'put',
    'patch',
    'delete',
  ]);
});

test('SECURITY 29: pages may read what errors, streams and replays are told by', () => {
  const cors = createCors({ origins: [app], responseHeaders: ['X-Cost'] });
  const answer = cors(app, 'POST', undefined);

  expect(answer.preflight).toBeUndefined();
  expect(listed(answer, 'access-control-expose-headers')).toEqual(
    expect.arrayContaining([
      ...['grpc-status', 'grpc-message', 'grpc-status-details-bin', 'x-trace-id', 'retry-after'],
      ...['idempotent-replayed', 'warning', 'x-cost', 'trailer-x-cost'],
    ]),
  );
});

test('SECURITY 29: every other origin is told nothing, and its questions are refused', () => {
  const cors = createCors({ origins: [app] });
  const close = [
    'https://app.example.com.evil.example',
    'http://app.example.com',
    `${app}:8443`,
    `${app}/`,
    'null',
  ];
  for (const origin of [...close, 'https://APP.example.com', '', '*']) {
    expect(cors(origin, 'OPTIONS', 'POST')).toEqual({ preflight: 403, fields: ['vary', 'Origin'] });
    expect(cors(origin, 'POST', undefined)).toEqual({ preflight: undefined, fields: ['vary', 'Origin'] });
  }
  fc.assert(
    fc.property(
      fc.oneof(
        fc.domain().map((host) => `https://${host}`),
        fc.string(),
      ),
      (origin) => {
        fc.pre(origin !== app);
        expect(named(cors(origin, 'GET', undefined))).not.toHaveProperty('access-control-allow-origin');
      },
    ),
  );
});

test('SECURITY 29: every origin, but never with credentials', () => {
  const answer = createCors({ origins: ['*'] })('https://anywhere.example', 'OPTIONS', 'GET');

  expect(named(answer)['access-control-allow-origin']).toBe('*');
  expect(named(answer)).not.toHaveProperty('access-control-allow-credentials');
  expect(() => createCors({ origins: ['*'], credentials: true })).toThrow(
    'cors.origins is "*" with credentials',
  );
  expect(() => createCors({ origins: ['*', app] })).toThrow('"*" alone');
});

test('credentials are let in by name only', () => {
  const cors = createCors({ origins: [app], credentials: true });

  expect(named(cors(app, 'OPTIONS', 'POST'))['access-control-allow-credentials']).toBe('true');
  expect(named(cors(app, 'POST', undefined))['access-control-allow-credentials']).toBe('true');
  expect(named(cors('https://evil.example', 'POST', undefined))).toEqual({ vary: 'Origin' });
});

test('a private network is opened to public sites only where the configuration says so', () => {
  const allows = (options: CorsOptions, asked: string | undefined) =>
    named(createCors(options)(app, 'OPTIONS', 'POST', asked))['access-control-allow-private-network'];

  expect(allows({ origins: [app] }, 'true')).toBeUndefined();
  expect(allows({ origins: [app], privateNetwork: true }, 'true')).toBe('true');
  expect(allows({ origins: [app], privateNetwork: true }, undefined)).toBeUndefined();
});

test('what a cache may keep says whom it is for', () => {
  expect(createCors({ origins: [app] })(undefined, 'GET', undefined).fields).toEqual(['vary', 'Origin']);
  expect(
    named(createCors({ origins: ['*'] })(undefined, 'GET', undefined))['access-control-allow-origin'],
  ).toBe('*');
  expect(createCors({ origins: [app] })(undefined, 'POST', undefined).fields).toEqual([]);
});

test('OPTIONS without the question of a browser is nobody’s preflight', () => {
  const cors = createCors({ origins: [app] });

  expect(cors(app, 'OPTIONS', undefined).preflight).toBeUndefined();
  expect(cors(undefined, 'OPTIONS', 'POST').preflight).toBeUndefined();
});

test.each([
  'https://app.example.com',
  'http://localhost:5173',
  'http://[::1]:8080',
  'capacitor://localhost',
  'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
])('takes the origin %s', (origin) => {
  expect(named(createCors({ origins: [origin] })(origin, 'GET', undefined))).toMatchObject({
    'access-control-allow-origin': origin,
  });
});

test.each([
  ['foo', ''],
  ['app.example.com', ''],
  ['null', ''],
  ['', ''],
  ['https://*.example.com', ''],
  ['https://app.example.com/', 'did you mean https://app.example.com?'],
  ['https://APP.example.com', 'did you mean https://app.example.com?'],
  ['https://app.example.com:443', 'did you mean https://app.example.com?'],
  ['https://app.example.com/shop', 'did you mean https://app.example.com?'],
  ['https://user@app.example.com', 'did you mean https://app.example.com?'],
  ['https://a.example,https://b.example', ''],
])('refuses %j at the start and says what is expected', (origin, hint) => {
  const start = () => createCors({ origins: [origin] });

  expect(start).toThrow(`cors.origins: ${JSON.stringify(origin)} is no origin; expected scheme://host`);
  expect(start).toThrow(hint);
});

test('a server with what is no origin does not start', async () => {
  await expect(serve({ cors: { origins: ['foo'] } })).rejects.toThrow('"foo" is no origin');
});
