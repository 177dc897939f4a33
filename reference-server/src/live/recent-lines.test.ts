import { expect, test } from 'vitest';
import { recentLines } from './recent-lines.ts';

const all = (lines: Iterable<{ number: number; line: string }>) =>
  [...lines].map(({ number, line }) => `${number} ${line}`);

test('the latest lines are kept, newest first, under numbers that do not change', () => {
  const lines = recentLines({ id: 'x', kept: 3 });
  expect(all(lines.before())).toEqual([]);
  for (const line of ['a', 'b', 'c', 'd', 'e']) {
    lines.add(line);
  }
  expect(all(lines.before())).toEqual(['4 e', '3 d', '2 c']);
  expect(all(lines.before(4))).toEqual(['3 d', '2 c']);
  expect(all(lines.before(2))).toEqual([]);
  expect(all(lines.before(99))).toEqual(['4 e', '3 d', '2 c']);
});

test('who reads while lines are written finds no line under another number', () => {
  const lines = recentLines({ id: 'x', kept: 3 });
  ['a', 'b', 'c'].forEach(lines.add);
  const reader = lines.before()[Symbol.iterator]();
  expect(reader.next().value).toEqual({ number: 2, line: 'c' });
  lines.add('d');
  lines.add('e');
  expect(reader.next().done).toBe(true);
});

test('long lines push out others, so that memory is bounded', () => {
  const lines = recentLines({ id: 'x', kept: 10, maxCharacters: 10 });
  ['aaa', 'bbb', 'ccc', 'dddddd'].forEach(lines.add);
  expect(all(lines.before())).toEqual(['3 dddddd', '2 ccc']);
  lines.add('e'.repeat(50));
  expect(all(lines.before())).toEqual([`4 ${'e'.repeat(50)}`]);
  lines.add('f');
  expect(all(lines.before())).toEqual(['5 f']);
});
