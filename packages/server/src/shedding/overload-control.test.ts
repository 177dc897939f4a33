import { Priority } from '@traffic-tacos/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOverloadControl } from './overload-control.ts';

const { SHEDDABLE, NORMAL, CRITICAL } = Priority;

/** Delays that last for some samples, 20 ms apart, with the calls before each. */
const history = fc.array(
  fc.record({
    delayMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 51, max: 5000 })),
    samples: fc.integer({ min: 10, max: 40 }),
    calls: fc.array(fc.constantFrom(SHEDDABLE, SHEDDABLE, NORMAL, CRITICAL), { maxLength: 30 }),
  }),
  { minLength: 3, maxLength: 10 },
);

/** How many of a thousand calls of this priority would be let in now. */
function letIn(control: ReturnType<typeof createOverloadControl>, priority: Priority): number {
  let count = 0;
  for (let call = 0; call < 1000; call++) {
    count += control.admit(priority) ? 1 : 0;
  }
  return count;
}

test('whatever the delays: the part refused is a part, and a lower priority never fares better than a higher one', () => {
  let shed = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const control = createOverloadControl({ targetDelayMs: 50 });
      let now = 0;
      for (const { delayMs, samples, calls } of steps) {
        for (let sample = 0; sample < samples; sample++) {
          for (const priority of calls) {
            control.admit(priority);
          }
          now += 20;
          control.sample(now, delayMs);
          expect(control.refusedShare()).toBeGreaterThanOrEqual(0);
          expect(control.refusedShare()).toBeLessThanOrEqual(0.98);
        }
        shed += control.refusedShare() > 0 ? 1 : 0;
        const [sheddable, normal, critical] = [SHEDDABLE, NORMAL, CRITICAL].map((one) => letIn(control, one));
        expect(sheddable).toBeLessThanOrEqual((normal ?? 0) + 1);
        expect(normal).toBeLessThanOrEqual((critical ?? 0) + 1);
        // Whoever is refused, all of the priority below are.
        expect(normal === 1000 || (sheddable ?? 1) <= 1).toBe(true);
        expect(critical === 1000 || (normal ?? 1) <= 1).toBe(true);
        expect(critical).toBeGreaterThanOrEqual(99);
      }
    }),
  );
  expect(shed).toBeGreaterThan(20);
});

test('delays that stay below the target never cost a call', () => {
  const calm = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(calm, (delays) => {
      const control = createOverloadControl({ targetDelayMs: 50 });
      const rising = delays.toSorted((a, b) => b - a);
      for (const [index, delayMs] of rising.entries()) {
        control.sample(index * 20, delayMs);
        control.admit(SHEDDABLE);
      }
      expect(letIn(control, SHEDDABLE)).toBe(1000);
    }),
  );
});

test('one long pause, as of garbage collection, costs no call', () => {
  const control = createOverloadControl({ targetDelayMs: 50 });
  let now = 0;
  for (const delayMs of [0, 1, 0, 700, 0, 1, 2, 0, 0, 0, 1, 0]) {
    now += 20 + delayMs;
    control.sample(now, delayMs);
    expect(control.refusedShare()).toBe(0);
  }
});

test('a priority that the contract does not name counts as normal', () => {
  const control = createOverloadControl({ targetDelayMs: 50 });
  for (let tick = 0; tick < 100; tick++) {
    control.admit(SHEDDABLE);
    control.admit(Priority.UNSPECIFIED);
    control.sample(tick * 20, 60);
  }
  const isNormal = control.refusedShare() < 0.5 ? 1000 : letIn(control, NORMAL);
  expect(letIn(control, Priority.UNSPECIFIED)).toBe(isNormal);
});

test('calls are refused evenly, not in a row', () => {
  const control = createOverloadControl({ targetDelayMs: 50 });
  for (let tick = 0; tick < 500 && control.refusedShare() < 0.2; tick++) {
    control.admit(NORMAL);
    control.sample(tick * 20, 55);
  }
  const fates = Array.from({ length: 100 }, () => control.admit(NORMAL));
  const refused = fates.filter((isIn) => !isIn).length;

  expect(refused).toBeGreaterThan(10);
  expect(refused).toBeLessThan(50);
  expect(fates.some((isIn, index) => !isIn && fates[index + 1] === false)).toBe(false);
});

test('a target that is none is refused', () => {
  expect(() => createOverloadControl({ targetDelayMs: 0 })).toThrow('targetDelayMs is 0; expected');
});
