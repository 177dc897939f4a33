import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FieldDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyMessage } from '../testdata/rest/arbitrary.ts';
import { messageOf } from '../testdata/rest/mail.ts';
import { descriptors } from '../testdata/serve.ts';
import { createDecoder } from './decoder.ts';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const library = (name: string): DescMessage =>
  registry.getMessage(`library.v1.${name}`) ?? expect.fail(`no type ${name}`);

const types: readonly (readonly [name: string, desc: DescMessage])[] = [
  ...['GetBookRequest', 'RateBookRequest', 'ListLoansRequest', 'LendBookRequest'].map(
    (name) => [name, library(name)] as const,
  ),
  ...['Scalars', 'Optionals', 'Lists', 'SendLetterRequest'].map((name) => [name, messageOf(name)] as const),
  ['a message of proto2 with defaults', FieldDescriptorProtoSchema],
];

const read = (decode: () => object): unknown => {
  try {
    return decode();
  } catch (reason) {
    return `refused: ${reason}`;
  }
};

test.each(types)('reads what fromBinary reads: %s', (_name, desc) => {
  const decode = createDecoder(desc);
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

test.each(types)('says of any bytes what fromBinary says: %s', (_name, desc) => {
  const decode = createDecoder(desc);
  const byte = fc.oneof(
    fc.nat({ max: 255 }),
    fc.constantFrom(0x0a, 0x10, 0x18, 0x22, 0x01, 0x00, 0x80, 0x41),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 24 }), (some) => {
      const bytes = Buffer.from(some);
      expect(read(() => decode(bytes, 0))).toStrictEqual(read(() => fromBinary(desc, bytes)));
    }),
    { numRuns: 3000 },
  );
});

test('texts of every length are read, in ASCII or beyond', () => {
  const desc = library('GetBookRequest');
  const decode = createDecoder(desc);
  for (const length of [0, 1, 127, 128, 129, 255, 256, 16_383, 16_384, 20_000]) {
    for (const bookId of ['x'.repeat(length), `${'x'.repeat(length)}é`]) {
      const message = create(desc, { bookId } as never);
      expect(decode(Buffer.from(toBinary(desc, message)), 0)).toStrictEqual(message);
    }
  }
});

test('a long text ends where it ends, whatever comes behind it', () => {
  const desc = library('RateBookRequest');
  const decode = createDecoder(desc);
  for (const length of [127, 128, 200, 300, 5_000, 16_383]) {
    const message = create(desc, { name: 'n'.repeat(length), word: 'w'.repeat(16_000) } as never);
    expect(decode(Buffer.from(toBinary(desc, message)), 0)).toStrictEqual(message);
  }
});

test('a message has nothing of the one that was read before', () => {
  const decode = createDecoder(library('RateBookRequest'));
  decode(
    Buffer.from(
      toBinary(library('RateBookRequest'), create(library('RateBookRequest'), { name: 'dune' } as never)),
    ),
    0,
  );

  expect(decode(Buffer.alloc(0), 0)).toStrictEqual(create(library('RateBookRequest')));
});
