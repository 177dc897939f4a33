import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Stream } from '../stream/stream.ts';
import { OpenStreams } from './open-streams.ts';

test('it is a map, whatever numbers are used', () => {
  const ids = fc
    .oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(0, 128, 256, 2 ** 30))
    .map((n) => 2 * n + 1);
  fc.assert(
    fc.property(fc.array(ids), (used) => {
      const open = new OpenStreams();
      const model = new Map<number, Stream>();
      for (const id of used) {
        const present = model.get(id);
        expect(open.get(id)).toBe(present);
        if (present === undefined) {
          const stream = { id } as Stream;
          open.add(stream);
          model.set(id, stream);
        } else {
          open.delete(present);
          model.delete(id);
        }
        expect(open.size).toBe(model.size);
      }
      const byId = (one: Stream, other: Stream): number => one.id - other.id;
      expect(open.list().sort(byId)).toEqual([...model.values()].sort(byId));
    }),
  );
});
