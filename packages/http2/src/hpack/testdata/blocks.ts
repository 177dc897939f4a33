import fc from 'fast-check';
import { huffmanLength, writeHuffman } from '../huffman-encode.ts';
import { writeInteger } from '../integer.ts';

/** A part of a header block, as any encoder may write it. */
export type Part =
  | { readonly kind: 'indexed'; readonly index: number }
  | {
      readonly kind: 'literal';
      /** 0x40: with indexing, 0x00: without, 0x10: never. */
      readonly flags: 0x00 | 0x10 | 0x40;
      /** The name, or its index. */
      readonly name: string | number;
      readonly value: string;
      /** Whether the strings are Huffman-coded, or said to be. */
      readonly huffman: 'no' | 'yes' | 'claimed';
    }
  | { readonly kind: 'size'; readonly bytes: number };

/** A string of octets. */
export const octets: fc.Arbitrary<string> = fc.oneof(
  // Taken for Huffman code it is padding, or EOS.
  fc
    .tuple(fc.constantFrom('', '\x1f', '\x10'), fc.nat({ max: 6 }))
    .map(([first, ones]) => first + '\xff'.repeat(ones)),
  fc.constantFrom(
    '',
    '/',
    'POST',
    'grpc-timeout',
    '/tickets.v1.Tickets/Buy',
    'application/grpc',
    'trailers',
    '29999m',
  ),
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 200,
  }),
);

// Most indexes exist, as the table holds something after a while.
const index = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 66 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 200 }) },
);
const flags = fc.constantFrom(0x00, 0x10, 0x40, 0x40, 0x40);

const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('indexed'), index }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('literal'),
      flags,
      name: fc.oneof(octets, index),
      value: octets,
      huffman: fc.constantFrom('no', 'no', 'no', 'yes', 'yes', 'yes', 'claimed'),
    }),
  },
);
const size: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant('size'),
  bytes: fc.constantFrom(0, 40, 100, 256, 1000, 4096, 5000),
});

/** A block that is well-formed, but may refer to what is not there. */
export const parts: fc.Arbitrary<readonly Part[]> = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.constant<Part[]>([]) },
      { weight: 1, arbitrary: fc.array(size, { maxLength: 3 }) },
    ),
    fc.array(part, { maxLength: 12 }),
  )
  .map(([sizes, rest]) => [...sizes, ...rest]);

const target = Buffer.alloc(64 * 1024);

/** The octets of a block. */
export function assembled(block: readonly Part[]): Buffer {
  let at = 0;
  const write = (text: string, huffman: 'no' | 'yes' | 'claimed'): void => {
    if (huffman === 'yes') {
      at = writeHuffman(target, writeInteger(target, at, 0x80, 0x7f, huffmanLength(text)), text);
    } else {
      at = writeInteger(target, at, huffman === 'no' ? 0x00 : 0x80, 0x7f, text.length);
      at += target.write(text, at, 'latin1');
    }
  };
  for (const one of block) {
    if (one.kind === 'indexed') {
      at = writeInteger(target, at, 0x80, 0x7f, one.index);
    } else if (one.kind === 'size') {
      at = writeInteger(target, at, 0x20, 0x1f, one.bytes);
    } else {
      const isIndex = typeof one.name === 'number';
      at = writeInteger(
        target,
        at,
        one.flags,
        one.flags === 0x40 ? 0x3f : 0x0f,
        isIndex ? (one.name as number) : 0,
      );
      if (!isIndex) {
        write(one.name as string, one.huffman);
      }
      write(one.value, one.huffman);
    }
  }
  return Buffer.from(target.subarray(0, at));
}
