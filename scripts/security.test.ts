import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { securityItems } from './security-items.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Tests, and suites that several of them share. */
const FILES = ['packages/*/src/**/*.test.ts', 'reference-server/src/**/*.test.ts', '*/src/**/testdata/*.ts'];
/** A name of a test that carries numbers; names stand behind `test(`, or first in a line. */
const NAME = /(?:\btest\(|\)\(|^\s+)(['"`])SECURITY (\d+(?:, \d+)*): \S/gm;

/** Files by the numbers that names of their tests carry. */
const named = new Map<number, Set<string>>();
for (const file of globSync(FILES, { cwd: root })) {
  for (const [, , numbers = ''] of readFileSync(join(root, file), 'utf8').matchAll(NAME)) {
    for (const number of numbers.split(', ').map(Number)) {
      named.set(number, (named.get(number) ?? new Set()).add(file));
    }
  }
}

test('items are numbered from 1 to 36', () => {
  expect(Object.keys(securityItems).map(Number)).toEqual(Array.from({ length: 36 }, (_, at) => at + 1));
  expect([...named.keys()].filter((number) => securityItems[number] === undefined)).toEqual([]);
});

test.each(Object.entries(securityItems).filter(([, { open }]) => open === undefined))(
  'item %s has a test with its number',
  (number, { holds }) => {
    expect(named.get(Number(number))?.size ?? 0, holds).toBeGreaterThan(0);
  },
);
