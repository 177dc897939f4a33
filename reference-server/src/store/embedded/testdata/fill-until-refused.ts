/**
 * Writes until the store refuses, and says what was acknowledged and how the refusals look:
 * fill-until-refused.ts FOLDER
 */
import { records } from '../../conformance/tables.ts';
import { put, StoreUnavailable } from '../../index.ts';
import { openEmbeddedStore } from '../index.ts';

const store = await openEmbeddedStore({ dir: process.argv[2] ?? '', tables: [records] });
let acknowledged = 0;
let refusals: PromiseRejectedResult[] = [];
for (let next = 0; refusals.length === 0; next += 8) {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, async (_, at) => {
      await store.transact([put(records, `k${next + at}`, 'x'.repeat(5000))]);
      console.log(`acknowledged k${next + at}`);
      acknowledged++;
    }),
  );
  refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
}
console.log(
  `refused ${refusals.every(({ reason }) => reason instanceof StoreUnavailable)} ${refusals[0]?.reason}`,
);
for (const call of [
  () => store.get(records, 'k0'),
  () => store.transact([put(records, 'later', 1)]),
  () => store.scan(records)[Symbol.asyncIterator]().next(),
]) {
  const outcome = await call().then(
    () => 'answered',
    (error: unknown) => (error instanceof StoreUnavailable ? 'refused' : String(error)),
  );
  console.log(`afterwards ${outcome}`);
}
await store.close();
console.log(`closed after ${acknowledged}`);
