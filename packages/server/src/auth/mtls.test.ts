import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, userCaller } from '../caller.ts';
import { LibraryService } from '../testdata/gen/library/v1/library_pb.js';
import { serve } from '../testdata/serve.ts';
import { createMtlsAuthenticator, type MtlsOptions } from './mtls.ts';
import { subjectAltNames } from './subject-alt-names.ts';
import { requestWith } from './testdata/authenticating.ts';

const gateway = 'spiffe://example.org/ns/shop/gateway';
let folder: string;

const pem = (file: string) => readFileSync(join(folder, file), 'utf8');

/** Makes a certificate with these alternative names, by the authority of the tests. */
function issue(name: string, commonName: string, alternatives: readonly string[], authority?: string): void {
  const names = alternatives
    .map((line) => line.replace('=', `.${alternatives.indexOf(line) + 1} = `))
    .join('\n');
  const extensions = alternatives.length === 0 ? '' : 'subjectAltName = @names';
  writeFileSync(
    join(folder, `${name}.cnf`),
    `[req]\ndistinguished_name = dn\nx509_extensions = ext\nprompt = no\n[dn]\nCN = ${commonName}\n[ext]\n${extensions}\n[names]\n${names}\n`,
  );
  const signing = authority === undefined ? [] : ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`];
  const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ');
  const files = ['-config', `${name}.cnf`, '-keyout', `${name}.key`, '-out', `${name}.pem`];
  execFileSync('openssl', [...args, ...files, ...signing], { cwd: folder, stdio: 'pipe' });
}

function certificate(name: string): PeerCertificate {
  return new X509Certificate(pem(`${name}.pem`)).toLegacyObject();
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtls-'));
  issue('ca', 'ca', []);
  issue('server', 'server', ['DNS=localhost', 'IP=127.0.0.1'], 'ca');
  issue('gateway', 'anything', ['DNS=Gateway.shop.internal', `URI=${gateway}`], 'ca');
  issue('plain', 'worker', [], 'ca');
  issue('named', 'worker', ['DNS=other.internal'], 'ca');
  issue('liar', 'liar', [`URI=spiffe://evil.example/x\\, URI:${gateway}`], 'ca');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(identities: MtlsOptions['identities'], peer: PeerCertificate | undefined) {
  return createMtlsAuthenticator({ identities })({ ...requestWith(), peerCertificate: () => peer });
}

test('knows a service by URI, host name or common name', () => {
  const expected: Caller = { kind: 'service', id: gateway, scopes: [], actsForAnyone: true };

  expect(ask([{ uri: gateway }], certificate('gateway'))).toEqual(expected);
  expect(
    ask([{ dns: 'gateway.shop.internal', id: 'gateway', scopes: ['a'] }], certificate('gateway')),
  ).toEqual({
    ...expected,
    id: 'gateway',
    scopes: ['a'],
  });
  expect(ask([{ commonName: 'worker', kind: 'admin' }], certificate('plain'))).toMatchObject({
    kind: 'admin',
    id: 'worker',
  });
});

test('a certificate of nobody on the list is no credential', () => {
  expect(
    ask([{ uri: `${gateway}/x` }, { uri: 'spiffe://example.org/ns/shop' }], certificate('gateway')),
  ).toBeUndefined();
  expect(ask([{ dns: 'shop.internal' }, { dns: '*.shop.internal' }], certificate('gateway'))).toBeUndefined();
  expect(ask([{ uri: gateway }], undefined)).toBeUndefined();
  expect(createMtlsAuthenticator({ identities: [{ uri: gateway }] })(requestWith())).toBeUndefined();
});

test('a common name counts only where there are no alternative names', () => {
  expect(ask([{ commonName: 'worker' }], certificate('named'))).toBeUndefined();
  expect(ask([{ dns: 'worker' }], certificate('plain'))).toBeUndefined();
});

test('one name that looks like several is one name', () => {
  expect(certificate('liar').subjectaltname).toContain(gateway);
  expect(ask([{ uri: gateway }], certificate('liar'))).toBeUndefined();
});

test('a certificate of two callers is of neither', () => {
  const both = [{ uri: gateway }, { dns: 'gateway.shop.internal', id: 'other' }];

  expect(ask(both, certificate('gateway'))).toBeUndefined();
});

test('a function can know callers, and is asked once for each connection', () => {
  let asked = 0;
  const authenticate = createMtlsAuthenticator({
    identities: ({ uris, dnsNames, commonName }) => {
      asked++;
      return userCaller([...uris, ...dnsNames, commonName].join(' '));
    },
  });
  const peer = certificate('gateway');
  const answers = [1, 2, 3].map(() => authenticate({ ...requestWith(), peerCertificate: () => peer }));

  expect(answers[0]).toMatchObject({ id: `${gateway} gateway.shop.internal anything` });
  expect(new Set(answers).size).toBe(1);
  expect(asked).toBe(1);
});

test.each([
  [[{}], 'identities[0]: expected exactly one of'],
  [[{ uri: '' }], 'identities[0]: expected exactly one of'],
  [[{ uri: gateway }, { uri: 'a', dns: 'b' }], 'identities[1]: expected exactly one of'],
  [[{ dns: 'A.internal' }, { dns: 'a.internal' }], 'identities[1]: dns a.internal is on the list already'],
])('refuses the identities %j at the start', (identities, expected) => {
  expect(() => createMtlsAuthenticator({ identities })).toThrow(expected);
});

test('reads every list of names as it was written', () => {
  // What Node quotes, and how: https://nodejs.org/api/tls.html
  const plain = fc.stringMatching(/^[A-Za-z0-9:/._-]+$/);
  const strange = fc.string({ unit: 'grapheme' }).filter((text) => /[",\\\s]/.test(text));
  const name = fc.record({
    type: fc.constantFrom('DNS', 'URI', 'IP Address', 'email'),
    value: fc.oneof(plain, strange),
  });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), (names) => {
      const text = names
        .map(
          ({ type, value }) => `${type}:${/^[A-Za-z0-9:/._-]+$/.test(value) ? value : JSON.stringify(value)}`,
        )
        .join(', ');
      expect(subjectAltNames(text)).toEqual(names);
    }),
  );
});

test.each(['DNS', 'DNS:a, ', 'URI:"a', 'URI:"a"b', 'URI:"a", DNS'])('takes no names out of %j', (text) => {
  expect(() => subjectAltNames(text)).toThrow('are not in the form');
});

test('SECURITY 31: services are known by certificate over a real connection, others are nobody', async () => {
  const tls = {
    key: pem('server.key'),
    cert: pem('server.pem'),
    ca: pem('ca.pem'),
    clientCertificate: 'accept',
  } as const;
  const { url } = await serve({
    tls,
    authenticate: createMtlsAuthenticator({ identities: [{ uri: gateway, id: 'gateway' }] }),
  });
  const callerOf = (name: string | undefined) => {
    const own = name === undefined ? {} : { key: pem(`${name}.key`), cert: pem(`${name}.pem`) };
    const transport = createGrpcTransport({ baseUrl: url, nodeOptions: { ca: pem('ca.pem'), ...own } });
    return createClient(LibraryService, transport)
      .wait({})
      .then(({ caller }) => caller);
  };

  expect(await callerOf('gateway')).toBe('service:gateway');
  await expect(callerOf('plain')).rejects.toThrow('needs credentials');
  await expect(callerOf(undefined)).rejects.toThrow('needs credentials');
});
