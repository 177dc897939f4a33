import { expect, test } from 'vitest';
import { newSpanId, traceIdOf } from './trace.ts';

test('ids that are made have their length, and none comes twice', () => {
  // More than are made of one filling of the pool, and of both lengths, so that they do not fit into it evenly.
  const made = Array.from({ length: 6_000 }, (_, at) => (at % 3 === 0 ? newSpanId() : traceIdOf(undefined)));
  for (const [at, id] of made.entries()) {
    expect(id).toMatch(at % 3 === 0 ? /^[0-9a-f]{16}$/ : /^[0-9a-f]{32}$/);
  }
  expect(new Set(made).size).toBe(made.length);
  // Nor is one a part of another, as it would be if both were cut from the same digits.
  const spans = new Set(made.filter((id) => id.length === 16));
  const halves = made.filter((id) => id.length === 32).flatMap((id) => [id.slice(0, 16), id.slice(16)]);
  expect(halves.filter((half) => spans.has(half))).toEqual([]);
});

test('the trace of a caller goes on', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  expect(traceIdOf(`00-${trace}-b7ad6b7169203331-01`)).toBe(trace);
});

test.each([
  '',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
])('"%s" is no trace to go on with', (traceparent) => {
  const made = traceIdOf(traceparent);
  expect(made).toMatch(/^[0-9a-f]{32}$/);
  expect(traceparent).not.toContain(made);
});
