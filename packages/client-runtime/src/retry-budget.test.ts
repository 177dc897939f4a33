import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRetryBudget } from './retry-budget.ts';

test('ten retries at first, then one for five successes', () => {
  const budget = createRetryBudget();
  expect(Array.from({ length: 12 }, () => budget.take()).filter(Boolean)).toHaveLength(10);
  for (let i = 0; i < 4; i++) {
    budget.refill();
  }
  expect(budget.take()).toBe(false);
  budget.refill();
  expect(budget.take()).toBe(true);
  expect(budget.take()).toBe(false);
});

test('whatever the order of successes and retries, retries stay within the share', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (events) => {
      const budget = createRetryBudget();
      let successes = 0;
      let retries = 0;
      for (const success of events) {
        if (success) {
          successes++;
          budget.refill();
        } else if (budget.take()) {
          retries++;
        }
        expect(retries).toBeLessThanOrEqual(10 + 0.2 * successes);
      }
    }),
  );
});

test('a long time of success saves up no more than a full budget', () => {
  const budget = createRetryBudget({ capacity: 20 });
  for (let i = 0; i < 1_000; i++) {
    budget.refill();
  }
  expect(Array.from({ length: 9 }, () => budget.take()).filter(Boolean)).toHaveLength(4);
});
