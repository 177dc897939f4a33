import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generated, quoted } from './generated.ts';

const program = fileURLToPath(new URL('testdata/print-codec.ts', import.meta.url));

test.each([
  ['of text', [], true],
  ['of no text', ['--disallow-code-generation-from-strings'], false],
])('messages are written and read where code may be made %s', (_where, flags, made) => {
  const printed = execFileSync(process.execPath, [
    ...flags,
    '--conditions=@traffic-tacos/source',
    program,
  ]).toString();
  expect(JSON.parse(printed)).toEqual({ bytes: '0a01781007', text: 'x', small: 7, generated: made });
});

test('code knows the names of its scope, and is strict', () => {
  expect(generated('return () => one + two;', { one: 1, two: 2 })).toSatisfy(
    (add: () => number) => add() === 3,
  );
  expect(generated('return this;', {})).toBeUndefined();
});

test('what is wrong in source is told', () => {
  expect(() => generated('return (', {})).toThrow(SyntaxError);
});

test.each(['a"b', "a'b", 'a\\', 'a`b', 'a\n\u2028', '\ud800', 7, -1, true, -(2n ** 63n)])(
  'what is quoted is itself: %s',
  (value) => {
    expect(generated(`return ${quoted(value)};`, {})).toBe(value);
  },
);
