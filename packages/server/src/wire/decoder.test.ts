import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FieldDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMessage } from '../testdata/rest/arbitrary.ts';
import { messageOf } from '../testdata/rest/mail.ts';
import { descriptors } from '../testdata/serve.ts';
import { compileDecoder } from './compile-decoder.ts';
import { createDecoder, makeDecoder } from './decoder.ts';
import { Hostile, HostileKinds, Inherited, Kinds, LongTexts } from './testdata/kinds.ts';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const library = (name: string): DescMessage =>
  registry.getMessage(`library.v1.${name}`) ?? expect.fail(`no type ${name}`);

const types: readonly (readonly [name: string, desc: DescMessage])[] = [
  ...['GetBookRequest', 'RateBookRequest', 'ListLoansRequest', 'LendBookRequest'].map(
    (name) => [name, library(name)] as const,
  ),
  ...['Scalars', 'Optionals', 'Lists', 'SendLetterRequest'].map((name) => [name, messageOf(name)] as const),
  ['a message of proto2 with defaults', FieldDescriptorProtoSchema],
  ['all kinds of scalars', Kinds],
  ['a number that is kept as a text', LongTexts],
  ['hostile names', Hostile],
  ['hostile names of all kinds', HostileKinds],
  ['names that every object has', Inherited],
];

const makers = [
  ['compiled', makeDecoder],
  ['of closures', (desc: DescMessage) => makeDecoder(desc, () => undefined)],
] as const;

const cases = makers.flatMap(([how, make]) => types.map(([name, desc]) => [how, name, desc, make] as const));

const read = (decode: () => object): unknown => {
  try {
    return decode();
  } catch (reason) {
    return `refused: ${reason}`;
  }
};

test.each(cases)('a decoder %s reads what fromBinary reads: %s', (_how, _name, desc, make) => {
  const decode = make(desc);
  fc.assert(
    fc.property(anyMessage(desc), anyMessage(desc), fc.nat(), (one, other, cut) => {
      const bytes = Buffer.concat([toBinary(desc, one), toBinary(desc, other)]);
      for (const some of [bytes, bytes.subarray(0, cut % (bytes.length + 1)), new Uint8Array(bytes)]) {
        expect(read(() => decode(some, 0))).toStrictEqual(read(() => fromBinary(desc, some)));
      }
      const start = cut % 7;
      const behind = Buffer.concat([Buffer.alloc(start, 0x0a), bytes]);
      expect(read(() => decode(behind, start))).toStrictEqual(
        read(() => fromBinary(desc, behind.subarray(start))),
      );
    }),
  );
});

test.each(cases)('a decoder %s says of any bytes what fromBinary says: %s', (_how, _name, desc, make) => {
  const decode = make(desc);
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0x0a, 0x10, 0x18, 0x20, 0x22, 0x28, 0x30, 0x48, 0x01, 0x00, 0x80, 0x41),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 24 }), (some) => {
      const bytes = Buffer.from(some);
      expect(read(() => decode(bytes, 0))).toStrictEqual(read(() => fromBinary(desc, bytes)));
    }),
    { numRuns: 3000 },
  );
});

describe.each(makers)('a decoder %s', (_how, make) => {
  test.each([0, 1, 127, 128, 129, 255, 256, 16_383, 16_384, 20_000])(
    'reads texts of %i characters, in ASCII or beyond',
    (length) => {
      const desc = library('GetBookRequest');
      for (const end of ['', 'é', '한국', '🌮', '\ufffd', '\ufeff']) {
        const message = create(desc, { bookId: `${end}${'x'.repeat(length)}${end}` } as never);
        expect(make(desc)(Buffer.from(toBinary(desc, message)), 0)).toStrictEqual(message);
      }
    },
  );

  test('reads a long text up to its end, whatever comes behind it', () => {
    const desc = library('RateBookRequest');
    for (const length of [127, 128, 200, 300, 5_000, 16_383]) {
      const message = create(desc, { name: 'n'.repeat(length), word: 'w'.repeat(16_000) } as never);
      expect(make(desc)(Buffer.from(toBinary(desc, message)), 0)).toStrictEqual(message);
    }
  });

  test.each([
    ['a byte that no text has', [0x0a, 2, 0x41, 0xff]],
    ['half a character', [0x0a, 2, 0x41, 0xc3]],
    ['a character in more bytes than it needs', [0x0a, 2, 0xc1, 0x81]],
    ['a surrogate', [0x0a, 3, 0xed, 0xa0, 0x80]],
    ['a text that is cut', [0x0a, 4, 0x41, 0x42]],
    ['nothing behind a tag', [0x0a]],
    ['nothing behind a tag that would do as a value', [0x10]],
    ['half a number', [0x10, 0x80]],
    ['a number in more bytes than it needs', [0x10, 0x81, 0x00]],
    [
      // Whoever skips what the length of the first text needs, and not what it takes, finds other fields in the second one.
      'a length in more bytes than it needs',
      [0x0a, 0x82, 0, 0x41, 0x10, 0x0a, 0x10, 5, 0x0a, 1, 0x41, ...Array(6).fill([0x10, 1]).flat()],
    ],
    ['a number beyond 32 bits', [0x20, 0x80, 0x80, 0x80, 0x80, 0x11]],
    ['the largest number of four bytes', [0x10, 0xff, 0xff, 0xff, 0x7f]],
    ['the smallest of five', [0x10, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a negative number', [0x10, ...Array(9).fill(0xff), 0x01]],
    ['a flag that is neither 0 nor 1', [0x30, 0x07]],
    ['an unknown value of an enum', [0x48, 0x07]],
    ['a field that comes twice', [0x10, 0x01, 0x10, 0x02]],
    ['another wire type than the field has', [0x15, 1, 2, 3, 4]],
  ])('says of %s what fromBinary says', (_what, some) => {
    const bytes = Buffer.from(some);
    expect(read(() => make(Kinds)(bytes, 0))).toStrictEqual(read(() => fromBinary(Kinds, bytes)));
  });

  test('gives a message nothing of the one that was read before', () => {
    const desc = library('RateBookRequest');
    const decode = make(desc);
    decode(Buffer.from(toBinary(desc, create(desc, { name: 'dune' } as never))), 0);
    expect(decode(Buffer.alloc(0), 0)).toStrictEqual(create(desc));
  });
});

test.each([
  ['a short text', { text: 'x' }],
  ['a text beyond ASCII', { text: '한국 🌮' }],
  ['a long text', { text: 'x'.repeat(100_000) }],
  ['numbers', { small: 1, natural: 2 ** 28 - 1, big: 128n, bigNatural: 2n ** 28n - 1n }],
  ['a flag and an enum', { flag: true, level: 300 }],
])('leaves nothing of this to fromBinary: %s', (_what, init) => {
  const decode = makeDecoder(Kinds, (plain) =>
    compileDecoder(plain, () => expect.fail('this was left to fromBinary')),
  );
  const message = create(Kinds, init as never);
  expect(decode(Buffer.from(toBinary(Kinds, message)), 0)).toStrictEqual(message);
});

test.each(makers)('a decoder %s gives messages that know the defaults of what is not set', (_how, make) => {
  const empty = make(FieldDescriptorProtoSchema)(Buffer.alloc(0), 0);
  expect(Object.getPrototypeOf(empty)).toBe(Object.getPrototypeOf(create(FieldDescriptorProtoSchema)));
  expect((empty as { name?: string }).name).toBe('');
});

test('messages have their properties in the order in which `create` makes them', () => {
  const message = create(Kinds, { level: 300, text: 'x' } as never);
  expect(Object.keys(createDecoder(Kinds)(Buffer.from(toBinary(Kinds, message)), 0))).toEqual(
    Object.keys(message),
  );
});
