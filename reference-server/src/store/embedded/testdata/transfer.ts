/**
 * Moves money between accounts for ever, in many transactions at once, and prints the id of each one once it is
 * acknowledged: transfer.ts FOLDER RUN
 */
import { ConditionFailed, put } from '../../index.ts';
import { openEmbeddedStore } from '../index.ts';
import { ACCOUNTS, accounts, START, transfers } from './transfers.ts';

const [, , dir = '', run = ''] = process.argv;
const store = await openEmbeddedStore({ dir, tables: [accounts, transfers] });
const names = Array.from({ length: ACCOUNTS }, (_, at) => `account-${at}`);
await Promise.all(
  names.map((name) =>
    store.transact([put(accounts, name, { balance: START }, { if: 'absent' })]).catch((error: unknown) => {
      if (!(error instanceof ConditionFailed)) {
        throw error;
      }
    }),
  ),
);

async function transferForEver(caller: number): Promise<void> {
  for (let count = 0; ; count++) {
    const from = names[Math.floor(Math.random() * ACCOUNTS)] ?? '';
    const to = names[Math.floor(Math.random() * ACCOUNTS)] ?? '';
    if (from === to) {
      continue;
    }
    const [source, target] = await store.getMany(accounts, [from, to]);
    if (source === undefined || target === undefined) {
      throw new Error(`account ${from} or ${to} is lost`);
    }
    const amount = 1 + (count % 7);
    const id = `${run}-${caller}-${count}`;
    try {
      const { version } = await store.transact([
        put(transfers, id, { from, to, amount }, { if: 'absent' }),
        put(accounts, from, { balance: source.value.balance - amount }, { if: { version: source.version } }),
        put(accounts, to, { balance: target.value.balance + amount }, { if: { version: target.version } }),
      ]);
      // To a pipe this is written before it returns: what was acknowledged is known however soon the process ends.
      console.log(`${id} ${version}`);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) {
        throw error;
      }
    }
  }
}

await Promise.all(Array.from({ length: 24 }, (_, caller) => transferForEver(caller)));
