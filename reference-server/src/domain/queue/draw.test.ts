import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Draw, drawOrder, drawSteps } from './index.ts';

/** The draw as the contract words it, made by somebody who has read nothing else. */
function drawnByHand({ seed, eventId, places }: Draw): number[] {
  const lots = Array.from({ length: places }, (_, at) => ({
    place: at + 1,
    lot: createHash('sha256')
      .update(Buffer.from(seed, 'hex'))
      .update(`${eventId}/${at + 1}`, 'ascii')
      .digest('hex'),
  }));
  return lots.sort((a, b) => (a.lot < b.lot ? -1 : 1)).map(({ place }) => place);
}

const seed = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const eventId = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,128}$/);

test('anybody who has the seed comes to the same order', () => {
  fc.assert(
    fc.property(fc.record({ seed, eventId, places: fc.nat(600) }), (draw) => {
      expect([...drawOrder(draw)]).toEqual(drawnByHand(draw));
    }),
  );
  const large = { seed: 'ab'.repeat(32), eventId: 'event_123', places: 20_000 };
  expect([...drawOrder(large)]).toEqual(drawnByHand(large));
});

test('the order is that of sha256sum and sort', () => {
  const draw = { seed: '00'.repeat(32), eventId: 'event_123', places: 8 };
  expect([...drawOrder(draw)]).toEqual([6, 8, 5, 7, 4, 3, 1, 2]);
});

test('who comes first has no better chance than who comes last', () => {
  const places = 10;
  const sums = new Array<number>(places).fill(0);
  const draws = 4_000;
  for (let each = 0; each < draws; each++) {
    const seed = createHash('sha256').update(String(each)).digest('hex');
    drawOrder({ seed, eventId: 'e', places }).forEach((place, at) => {
      sums[place - 1] = (sums[place - 1] as number) + at;
    });
  }
  for (const sum of sums) {
    // Six standard deviations of the mean of a place among ten.
    expect(Math.abs(sum / draws - (places - 1) / 2)).toBeLessThan((6 * 2.88) / Math.sqrt(draws));
  }
});

test('a large draw is made in many steps, and comes out the same', () => {
  const draw = { seed: 'cd'.repeat(32), eventId: 'e', places: 50_000 };
  let steps = 1;
  const making = drawSteps(draw);
  let step = making.next();
  for (; !step.done; step = making.next()) {
    steps++;
  }
  expect(steps).toBeGreaterThan(10);
  expect(step.value).toEqual(drawOrder(draw));
});

test('a draw without a whole seed is refused', () => {
  for (const bad of ['', 'ab', 'g'.repeat(64), 'AB'.repeat(32), 'ab'.repeat(33)]) {
    expect(() => drawOrder({ seed: bad, eventId: 'e', places: 1 })).toThrow(/64 hexadecimal digits/);
  }
});
