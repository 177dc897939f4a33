import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DynamicTable } from './dynamic-table.ts';

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ name: fc.string({ maxLength: 20 }), value: fc.string({ maxLength: 99 }) }),
    },
    { weight: 1, arbitrary: fc.record({ resize: fc.constantFrom(0, 31, 32, 33, 100, 300, 1500, 4096) }) },
  ),
  { maxLength: 200 },
);

test('holds the newest entries that there is room for, in turn', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const table = new DynamicTable(1500);
      let entries: { name: string; value: string }[] = [];
      let most = 1500;
      for (const step of list) {
        if ('resize' in step) {
          most = step.resize;
          table.resize(most);
        } else {
          entries.unshift(step);
          table.insert(step.name, step.value);
        }
        let left = most;
        const fits = entries.findIndex(({ name, value }) => {
          left -= name.length + value.length + 32;
          return left < 0;
        });
        entries = fits < 0 ? entries : entries.slice(0, fits);
        const held = Array.from({ length: table.count }, (_, at) => ({
          name: table.nameAt(at),
          value: table.valueAt(at),
        }));
        expect(held).toEqual(entries);
        expect(table.bytes).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test('has another version after each change', () => {
  const table = new DynamicTable(100);
  const versions = [table.version];
  table.insert('a', 'b');
  versions.push(table.version);
  table.resize(100);
  versions.push(table.version);
  table.insert('', 'x'.repeat(200));
  versions.push(table.version);
  expect(new Set(versions).size).toBe(4);
});
