import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Auth, type PartialPolicy } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { createServer, type Limits, type ServerOptions, service } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { DeskService, LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { MarkedService, OpenService } from './testdata/gen/library/v1/unruly_pb.js';
import { ownCertificate } from './testdata/own-certificate.ts';
import { as, descriptors, grpcClient, recordingLogger, serve } from './testdata/serve.ts';

function start(options: Partial<ServerOptions>) {
  return () => createServer({ services: [], logger: recordingLogger().logger, ...options });
}

/** The descriptors with one rule that cannot be compiled. */
function withBrokenRule(): Uint8Array {
  return Buffer.from(
    Buffer.from(descriptors).toString('latin1').replace('this.forever &&', 'this.forever &('),
    'latin1',
  );
}

test('a method without an auth policy is refused, all of them at once', () => {
  expect(start({ services: [service(OpenService, {})] })).toThrow(
    /library\.v1\.OpenService\/Enter: says nothing about who may call it.*\n.*OpenService\/Leave: says nothing/,
  );
});

test('configuration can give a method the policy it lacks', () => {
  expect(
    start({ services: [service(OpenService, {})], policies: () => ({ auth: Auth.PUBLIC }) }),
  ).not.toThrow();
});

test.each([
  /MarkedService\/KeyWithoutField: idempotency is IDEMPOTENCY_KEY but library\.v1\.KeyWithoutFieldRequest has no field/,
  /HiddenPrincipalRequest: ticket\.member_id is marked principal; expected a string of the request itself/,
  /NumberedOwnerResponse: member_number is marked owner; expected a string/,
])('marks on fields that cannot carry them are refused: %s', (problem) => {
  expect(start({ services: [service(MarkedService, {})] })).toThrow(problem);
});

test('a rule that cannot be compiled is refused', () => {
  expect(start({ services: [service(LibraryService, {})], descriptors: withBrokenRule() })).toThrow(
    /LibraryService\/LendBook: library\.v1\.LendBookRequest: /,
  );
});

test('descriptors that lack a service are refused, for its rules would not be enforced', () => {
  const empty = createFileRegistry(create(FileDescriptorSetSchema));

  expect(start({ services: [service(LibraryService, {})], descriptors: empty })).toThrow(
    /descriptors lacks library\.v1\.LibraryService\/GetBook, .*; expected the full descriptor set/,
  );
});

test('descriptors may be a registry', async () => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  const served = await serve({ descriptors: registry });

  expect((await failureOf(grpcClient(served).lendBook({ bookId: '!' }, as('ann')))).code).toBe(
    'INVALID_ARGUMENT',
  );
});

test('a service that is registered twice is refused', () => {
  expect(start({ services: [service(LibraryService, {}), service(LibraryService, {})] })).toThrow(
    'library.v1.LibraryService/GetBook: registered twice',
  );
});

test.each<[string, PartialPolicy]>([
  ['deadlineMs is -5; expected 0 or more', { deadlineMs: -5 }],
  ['idempotencyTtlSeconds is NaN; expected 0 or more', { idempotencyTtlSeconds: Number.NaN }],
  [
    'rateLimit.requestsPerSecond is -1; expected 0 or more, rateLimit.burst is NaN; expected 0 or more',
    { rateLimit: { class: 'x', requestsPerSecond: -1, burst: Number.NaN } },
  ],
  [
    'stream.idleTimeoutMs is Infinity; expected a number from 0 to 2147483647',
    { stream: { idleTimeoutMs: Number.POSITIVE_INFINITY } },
  ],
])('a policy by configuration that no call could keep is refused: %s', (problem, policy) => {
  expect(start({ services: [service(LibraryService, {})], policies: () => policy })).toThrow(
    `- library.v1.LibraryService/GetBook: ${problem}\n- library.v1.LibraryService/LendBook: ${problem}\n`,
  );
});

test('a policy by configuration may take limits away', () => {
  const policies = () => ({
    deadlineMs: 0,
    rateLimit: { requestsPerSecond: Number.POSITIVE_INFINITY, burst: 0 },
    stream: { idleTimeoutMs: 0 },
  });
  expect(start({ services: [service(LibraryService, {})], policies })).not.toThrow();
});

test('methods that nobody can call for want of an authenticator are named when the server is made', () => {
  const { logger, lines } = recordingLogger('warn');
  const services = [service(LibraryService, {}), service(DeskService, {})];
  const made = (options: Partial<ServerOptions>) => {
    lines.length = 0;
    createServer({ services, descriptors, logger, ...options });
    return lines.map(({ msg, methods }) => [msg, methods]);
  };

  expect(made({})).toEqual([
    [
      expect.stringContaining('answer UNAUTHENTICATED to everybody: there is no authenticate'),
      expect.arrayContaining(['library.v1.LibraryService/LendBook', 'library.v1.DeskService/Close']),
    ],
  ]);
  expect(made({})[0]?.[1]).not.toContain('library.v1.LibraryService/GetBook');
  expect(made({ authenticate: () => undefined })).toEqual([]);
  expect(made({ profile: { requireCredentials: false, requireIdempotencyKey: true } })).toEqual([]);
  expect(made({ policies: () => ({ auth: Auth.PUBLIC }) })).toEqual([]);
});

test.each([
  { maxDeadlineMs: 0 },
  { maxDeadlineMs: Number.POSITIVE_INFINITY },
  { headersTimeoutMs: -1 },
  { maxRequestBytes: Number.NaN },
])('a limit that is none is refused: %o', (limits) => {
  expect(start({ limits })).toThrow(
    `limits.${Object.keys(limits)[0]} is ${Object.values(limits)[0]}; expected`,
  );
});

test('a limit that there is not is refused, and one that is undefined is the default', () => {
  const misspelt = { maxRequestByte: 5 } as Partial<Limits>;
  expect(start({ limits: misspelt })).toThrow(
    'limits.maxRequestByte is no limit; expected one of maxRequestBytes, ',
  );
  expect(start({ limits: { maxRequestBytes: undefined } })).not.toThrow();
});

test('what is no descriptor set is refused by the name of the option', () => {
  expect(start({ descriptors: Buffer.from('this is no descriptor set') })).toThrow(
    /^descriptors is no complete descriptor set \(25 bytes: .+\); expected a serialized google\.protobuf\.FileDescriptorSet/,
  );
});

test('certificates that cannot be used are refused by the name of the option', () => {
  const { cert, key } = ownCertificate();
  expect(start({ tls: { cert: 'junk', key } })).toThrow(
    /^tls\.cert is no certificate chain \(.+\); expected PEM$/,
  );
  expect(start({ tls: { cert, key: 'junk' } })).toThrow(/^tls\.key is no private key/);
  expect(start({ tls: { cert, key: ownCertificate().key } })).toThrow(
    /^tls\.key is not the key of tls\.cert/,
  );
  expect(start({ tls: { cert, key, ca: 'junk' } })).toThrow(/^tls\.ca has no certificates/);
  expect(start({ tls: { cert, key, ca: cert } })).not.toThrow();
});

test('a server listens once', async () => {
  const { server } = await serve();

  await expect(server.listen({ port: 0 })).rejects.toThrow('The server listens already');
});

test('a port that is taken is an error, and another one can be tried', async () => {
  const { port } = await serve();
  const server = start({})();

  await expect(server.listen({ port })).rejects.toThrow('EADDRINUSE');
  expect((await server.listen({ port: 0 })).port).toBeGreaterThan(0);
  await server.close();
  await expect(server.listen({ port: 0 })).rejects.toThrow('The server is closed');
});

test('an address is shown as a URL that works', async () => {
  const server = start({})();
  const { url, host } = await server.listen({ port: 0, host: '::1' });

  expect(host).toBe('::1');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await server.close();
});
