import { describe } from 'vitest';
import { concurrencyTests } from './conformance/concurrency.ts';
import { conditionTests } from './conformance/conditions.ts';
import { expiryTests } from './conformance/expiry.ts';
import { historyTests } from './conformance/histories.ts';
import { itemTests } from './conformance/items.ts';
import { queryTests } from './conformance/queries.ts';
import { refusalTests } from './conformance/refusals.ts';
import type { OpenStore } from './conformance/store-under-test.ts';
import { transactionTests } from './conformance/transactions.ts';

export type { OpenStore } from './conformance/store-under-test.ts';

/**
 * Registers the tests that every driver of the {@link Store} port passes.
 *
 * @param name - the driver.
 * @param open - opens an empty store with these tables; the store takes the time from `clock` alone.
 */
export function storeConformance(name: string, open: OpenStore): void {
  describe(name, () => {
    describe('items', () => itemTests(open));
    describe('transactions', () => transactionTests(open));
    describe('conditions', () => conditionTests(open));
    describe('queries', () => queryTests(open));
    describe('expiry', () => expiryTests(open));
    describe('refusals', () => refusalTests(open));
    describe('concurrency', () => concurrencyTests(open));
    describe('histories', () => historyTests(open));
  });
}
