import { expect, test } from 'vitest';
import { HpackError } from './hpack-error.ts';
import { CODE_BITS, CODES, EOS } from './huffman-code.ts';
import { decodeHuffman } from './huffman-decode.ts';
import { huffmanLength, writeHuffman } from './huffman-encode.ts';

function encoded(text: string): Buffer {
  const target = Buffer.alloc(huffmanLength(text));
  expect(writeHuffman(target, 0, text)).toBe(target.length);
  return target;
}

const all = String.fromCharCode(...Array.from({ length: 256 }, (_, octet) => octet));

test('the code is complete, and the one of the RFC where it was looked up', () => {
  let share = 0;
  for (const bits of CODE_BITS) {
    share += 2 ** -bits;
  }
  expect(share).toBe(1);
  const looked = [
    ['0', 0x0],
    ['a', 0x3],
    [' ', 0x14],
    ['z', 0x7b],
    ['Z', 0xfd],
    ['!', 0x3f8],
    ['\\', 0x7fff0],
    ['\x00', 0x1ff8],
    ['\n', 0x3ffffffc],
    ['\xff', 0x3ffffee],
  ] as const;
  expect(looked.map(([symbol]) => CODES[symbol.charCodeAt(0)])).toEqual(looked.map(([, code]) => code));
  expect(CODES[EOS]).toBe(0x3fffffff);
});

test('decodes what it encodes: each octet after each other', () => {
  for (const first of all) {
    const text = [...all].map((second) => first + second).join('');
    const bytes = encoded(text);
    expect(decodeHuffman(bytes, 0, bytes.length)).toBe(text);
  }
});

test('decodes strings that are longer than any that it has memory for', () => {
  const text = all.repeat(400) + '0'.repeat(100_000);
  const bytes = encoded(text);
  expect(decodeHuffman(bytes, 0, bytes.length)).toBe(text);
});

test('a string ends with at most seven bits of padding, which are ones', () => {
  const decode = (bits: string): string => {
    const bytes = Buffer.from(bits.match(/.{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
    return decodeHuffman(bytes, 0, bytes.length);
  };
  for (const symbol of all) {
    const code = symbol.charCodeAt(0);
    const bits = (CODES[code] as number).toString(2).padStart(CODE_BITS[code] as number, '0');
    const padding = (8 - (bits.length % 8)) % 8;
    expect(decode(bits + '1'.repeat(padding))).toBe(symbol);
    expect(() => decode(`${bits}${'1'.repeat(padding + 8)}`)).toThrow(HpackError);
    for (let zero = 0; zero < padding && padding < 5; zero++) {
      const wrong = `${'1'.repeat(zero)}0${'1'.repeat(padding - zero - 1)}`;
      expect(() => decode(bits + wrong)).toThrow(HpackError);
    }
    // EOS, wherever in an octet it begins.
    expect(() => decode((bits + '1'.repeat(64)).slice(0, 8 * Math.ceil((bits.length + 30) / 8)))).toThrow(
      /EOS/,
    );
  }
});
