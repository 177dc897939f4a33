import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from './index.ts';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits });
const notZero = (digits: number): fc.Arbitrary<string> => hex(digits).filter((id) => /[^0]/.test(id));

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test('what is written is read again', () => {
  fc.assert(
    fc.property(notZero(32), notZero(16), fc.integer({ min: 0, max: 255 }), (traceId, spanId, flags) => {
      const header = formatTraceparent({ traceId, spanId, flags });
      expect(header).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
      expect(parseTraceparent(header)).toEqual({ traceId, spanId, flags });
    }),
  );
});

test('any text is read as the specification’s grammar says', () => {
  const grammar =
    /^(?:00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})|(?!00|ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?)$/s;
  const near = fc
    .tuple(
      fc.constantFrom('00', '01', 'fe', 'ff', 'FF', 'zz', '0'),
      fc.oneof(hex(32), fc.constantFrom('0'.repeat(32), TRACE.toUpperCase(), hex(31))),
      fc.oneof(hex(16), fc.constant('0'.repeat(16))),
      fc.oneof(hex(2), fc.constantFrom('0', '0G', '')),
      fc.constantFrom('', '-', '-x', 'x', '-00'),
    )
    .map(([version, trace, span, flags, more]) => `${version}-${trace}-${span}-${flags}${more}`);
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ maxLength: 80 })), (text) => {
      const match = grammar.exec(text);
      const [traceId, spanId, flags] = match?.[1] === undefined ? (match?.slice(4) ?? []) : match.slice(1);
      expect(parseTraceparent(text)).toEqual(
        match === null ? undefined : { traceId, spanId, flags: Number.parseInt(flags ?? '', 16) },
      );
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [`00-${TRACE}-${SPAN}-01`, 1],
  [`00-${TRACE}-${SPAN}-00`, 0],
  [`cc-${TRACE}-${SPAN}-03-what-comes-later`, 3],
])('a valid header: %s', (header, flags) => {
  expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, flags });
});

test.each([
  null,
  undefined,
  '',
  'garbage',
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-0`,
  `00-${TRACE}-${SPAN}-0g`,
  `00_${TRACE}-${SPAN}-01`,
])('what is not valid counts as nothing: %s', (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});
