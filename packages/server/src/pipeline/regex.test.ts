import { RE2JS } from '@bufbuild/re2';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { regexMatch } from './regex.ts';

const patterns = [
  '^[A-Za-z0-9_.:-]{1,128}$',
  '^[^\\x00-\\x1f\\x7f]{1,255}$',
  '^[\\x21-\\x7e]{1,255}$',
  '^[A-Z]{3}$',
  '^[a-z]+$',
  '^[0-9]*$',
  '^(a|b)+$',
  'b',
];

test.each(patterns)('%s means what RE2 means', (pattern) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '1', '-', '\n', '\0', 'é', '🎫') }),
  );
  fc.assert(
    fc.property(text, (against) => {
      expect(regexMatch(pattern, against)).toBe(RE2JS.compile(pattern).test(against));
    }),
    { numRuns: 300 },
  );
});

test('a pattern on which backtracking engines take for ever is answered', () => {
  expect(regexMatch('^(a+)+$', `${'a'.repeat(5_000)}!`)).toBe(false);
});

test('a pattern that is none is refused', () => {
  expect(() => regexMatch('^(a', 'a')).toThrow();
});
