import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LendBookRequestSchema } from '../testdata/gen/library/v1/library_pb.js';
import { descriptors } from '../testdata/serve.ts';
import { fingerprintOf } from './fingerprint.ts';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const full = registry.getMessage(LendBookRequestSchema.typeName) ?? expect.fail('no request type');
const fingerprint = fingerprintOf(full, 'a secret');

const dictionary = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 });
const wrapping = fc.record({
  look: fc.oneof(
    fc.record({ case: fc.constant('colour' as const), value: fc.string() }),
    fc.record({ case: fc.constant('picture' as const), value: fc.uint8Array({ maxLength: 8 }) }),
    fc.constant({ case: undefined }),
  ),
  boxCode: fc.string(),
});
const requests = fc.record({
  bookId: fc.string(),
  memberId: fc.string(),
  days: fc.integer({ min: -5, max: 40 }),
  forever: fc.boolean(),
  readers: fc.array(fc.string(), { maxLength: 4 }),
  labels: dictionary,
  wrapping: fc.option(wrapping, { nil: undefined }),
});

const of = (init: Parameters<typeof create<typeof LendBookRequestSchema>>[1]) =>
  fingerprint(create(LendBookRequestSchema, init));

test('does not depend on the order of map entries, the key, volatile fields or a trip over the wire', () => {
  fc.assert(
    fc.property(
      requests,
      dictionary,
      fc.string(),
      fc.bigInt({ min: 0n, max: 9n }),
      (request, attempt, key, at) => {
        const reversed = Object.fromEntries(Object.entries(request.labels).reverse());
        const other = create(LendBookRequestSchema, {
          ...request,
          labels: reversed,
          attempt,
          idempotencyKey: key,
          wrapping: request.wrapping && { ...request.wrapping, wrappedAt: at },
        });
        const travelled = fromBinary(LendBookRequestSchema, toBinary(LendBookRequestSchema, other));
        expect(fingerprint(travelled)).toBe(of(request));
      },
    ),
  );
});

test('two requests have the same fingerprint only if they are the same on the wire', () => {
  const bytes = (request: Parameters<typeof of>[0]) =>
    Buffer.from(
      toBinary(LendBookRequestSchema, create(LendBookRequestSchema, { ...request, labels: {} })),
    ).toString('hex');
  const labels = (request: { labels: Record<string, string> }) =>
    JSON.stringify(Object.entries(request.labels).sort());
  fc.assert(
    fc.property(
      requests,
      requests,
      fc.constantFrom('bookId', 'days', 'readers', 'labels', 'wrapping'),
      (a, b, taken) => {
        const mixed = { ...a, [taken]: b[taken as keyof typeof b] };
        const same = bytes(a) === bytes(mixed) && labels(a) === labels(mixed);
        expect(of(a) === of(mixed)).toBe(same);
      },
    ),
  );
});

test('tells apart what a careless serialization would not', () => {
  const pairs: [Parameters<typeof of>[0], Parameters<typeof of>[0]][] = [
    [{ readers: ['a', 'b'] }, { readers: ['a,b'] }],
    [{ labels: { a: 'b' } }, { labels: { b: 'a' } }],
    [{ wrapping: {} }, {}],
    [{ wrapping: { look: { case: 'colour', value: '' } } }, { wrapping: {} }],
    [
      { wrapping: { look: { case: 'colour', value: 'AA==' } } },
      { wrapping: { look: { case: 'picture', value: new Uint8Array(1) } } },
    ],
    [{ wrapping: { inner: { boxCode: '1' } } }, { wrapping: { boxCode: '1' } }],
    [{ bookId: 'x' }, { memberId: 'x' }],
  ];

  for (const [a, b] of pairs) {
    expect(of(a)).not.toBe(of(b));
  }
});

test('fields that this server does not know do not count', () => {
  const bytes = toBinary(LendBookRequestSchema, create(LendBookRequestSchema, { bookId: 'dune' }));
  const withUnknown = fromBinary(
    LendBookRequestSchema,
    Buffer.concat([bytes, Buffer.from([0xa0, 0x06, 0x01])]),
  );

  expect(withUnknown.$unknown).toHaveLength(1);
  expect(fingerprint(withUnknown)).toBe(of({ bookId: 'dune' }));
});

test('secrets count by a keyed digest only, so that they cannot be guessed from it', () => {
  const [one, other] = ['1234', '9999'].map((boxCode) =>
    create(LendBookRequestSchema, { wrapping: { boxCode } }),
  );
  if (one === undefined || other === undefined) {
    expect.fail('no requests');
  }
  expect(fingerprint(one)).not.toBe(fingerprint(other));
  expect(fingerprint(one)).not.toBe(fingerprintOf(full, 'another secret')(one));
  const plain = fingerprintOf(full);
  expect(plain(one)).toBe(plain(other));
});

test('without a secret in it a request has the same fingerprint whatever the secret of the server', () => {
  const one = create(LendBookRequestSchema, { bookId: 'dune', wrapping: {} });

  expect(fingerprint(one)).toBe(fingerprintOf(full, 'another secret')(one));
});

test('a secret stands in no fingerprint, however short the request', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9]{4,12}$/),
      fc.constantFrom('a secret', undefined),
      (boxCode, secret) => {
        const one = create(LendBookRequestSchema, { wrapping: { boxCode } });
        expect(fingerprintOf(full, secret)(one)).not.toContain(boxCode);
      },
    ),
  );
});
