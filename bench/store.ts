/**
 * Speed of the embedded store on this machine.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/store.ts [--quick] [SECONDS [FOLDER]]
 *
 * Each line runs for SECONDS (3; `--quick`: 0.3), on a store in FOLDER (that of temporary files). Every transaction has
 * six conditional writes, where nothing else is said, and counts when it is acknowledged, that is on disk. `CPU us` is
 * what one of them costs on all threads together. To see main thread and worker share one core, start it as
 * `taskset -c 0 node …`.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../reference-server/src/store/embedded/index.ts';
import {
  type Condition,
  put,
  type Store,
  type Table,
  table,
  timeOrderedHex,
} from '../reference-server/src/store/index.ts';
import { record } from './lib/results.ts';

interface Seat {
  readonly event: string;
  readonly seat: string;
  readonly status: string;
  readonly holder: string;
  readonly reservation: string;
  readonly expiresAt: number;
}

interface Reservation {
  readonly user: string;
  readonly createdAt: number;
  readonly seats: readonly string[];
}

const seats = table<Seat, 'by_event'>('seat', {
  by_event: ({ event, seat }) => ({ partition: event, sort: seat }),
});
const reservations = table<Reservation, 'by_user'>('reservation', {
  by_user: ({ user, createdAt }) => ({ partition: user, sort: createdAt }),
});
const holds = table<readonly string[]>('hold');
const answers = table<{ readonly request: string; readonly answer: string }>('answer');
const outbox = table<{ readonly type: string; readonly reservation: string }>('outbox');

const { values: flags, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const seconds = Number(positionals[0] ?? (flags.quick ? 0.3 : 3));
const folder = positionals[1] ?? tmpdir();
const CALLERS = [16, 64, 256];
/** Items that a table has before more are added. */
const preloaded = flags.quick ? 5_000 : 200_000;
/** About as large as an answer that is kept. */
const VALUE = { fingerprint: 'x'.repeat(43), response: 'y'.repeat(150) };
/** Ways to make keys, each with tables of its own. */
const KEYS = [
  { order: 'in no order', key: randomUUID, tables: [table<object>('any_one'), table<object>('any_other')] },
  {
    order: 'in order of time',
    key: timeOrderedHex,
    tables: [table<object>('timed_one'), table<object>('timed_other')],
  },
];
/** Items that are read. */
const ITEMS = 100_000;

const columns = (name: string, ...rest: readonly (number | string)[]): string =>
  name.padEnd(40) + rest.map((text) => String(text).padStart(9)).join('');

/** Runs `step` over and over in `callers` loops for a while, and prints how many and how fast. */
async function measure(
  name: string,
  callers: number,
  step: (caller: number) => Promise<unknown>,
): Promise<void> {
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  async function loop(caller: number): Promise<void> {
    for (let from = start; from < start + seconds * 1000; ) {
      await step(caller);
      const to = performance.now();
      latencies.push(to - from);
      from = to;
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  const elapsed = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const count = latencies.length;
  const quantile = (share: number): string => (latencies[Math.floor(count * share)] ?? 0).toFixed(2);
  const rate = Math.round(count / elapsed);
  const cost = ((user + system) / count).toFixed(1);
  const shown = rate.toLocaleString('en');
  console.log(columns(name, callers, shown, quantile(0.5), quantile(0.95), quantile(0.99), cost));
  const figure = `store/${name}, ${callers} callers`;
  record([
    { measure: `${figure}/rate`, value: rate, unit: '1/s' },
    { measure: `${figure}/p95`, value: Number(quantile(0.95)), unit: 'ms' },
    { measure: `${figure}/cpu`, value: Number(cost), unit: 'µs' },
  ]);
}

function seat(event: string, number: number): Seat {
  return {
    event,
    seat: `R${number}`,
    status: 'RESERVED',
    holder: 'user_4711',
    reservation: 'rsv_0c7e19aa',
    expiresAt: 1_790_000_000_000,
  };
}

/** Six seats of the caller's own at a time, of `sets` times six, on the condition that nobody else has changed them. */
function updating(store: Store, event: string, sets: number): (caller: number) => Promise<void> {
  const conditions: Condition[] = [];
  let turn = 0;
  return async (caller) => {
    const set = caller * sets + (turn++ % sets);
    const condition = conditions[set] ?? 'absent';
    const numbers = Array.from({ length: 6 }, (_, at) => set * 6 + at);
    conditions[set] = await store.transact(
      numbers.map((number) => put(seats, `${event}/${number}`, seat(event, number), { if: condition })),
    );
  };
}

/** What a reservation of two seats leaves behind, in tables that grow; ids sort by time, as ids do. */
function reserving(store: Store, event: string): () => Promise<unknown> {
  let count = 0;
  return () => {
    const number = count++;
    const now = Date.now();
    const id = `rsv_${timeOrderedHex()}`;
    const user = `user_${Math.floor(Math.random() * 10_000)}`;
    const pair = [2 * number, 2 * number + 1];
    const keys = pair.map((place) => `${event}/${place}`);
    const fresh = { if: 'absent' } as const;
    return store.transact([
      put(reservations, id, { user, createdAt: now, seats: keys }, fresh),
      put(holds, id, keys, fresh),
      ...pair.map((place) => put(seats, `${event}/${place}`, seat(event, place), fresh)),
      put(
        answers,
        `${id}/${user}/reserve`,
        { request: id, answer: 'OK' },
        { ...fresh, expiresAt: now + 300_000 },
      ),
      put(outbox, `${event}/${String(number).padStart(9, '0')}`, { type: 'created', reservation: id }, fresh),
    ]);
  };
}

/** Adds an item to each of two tables, which have many already. */
function adding(store: Store, tables: readonly Table<object>[], key: () => string): () => Promise<unknown> {
  return () => store.transact(tables.map((one) => put(one, key(), VALUE, { if: 'absent' })));
}

/** Puts items into each of two tables, 50 of each at a time. */
async function preload(store: Store, tables: readonly Table<object>[], key: () => string): Promise<void> {
  for (let done = 0; done < preloaded; done += 50) {
    await store.transact(
      Array.from({ length: 50 }, () => tables.map((one) => put(one, key(), VALUE))).flat(),
    );
  }
}

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < ITEMS; from += 100) {
    const numbers = Array.from({ length: 100 }, (_, at) => from + at);
    await store.transact(numbers.map((number) => put(seats, `read/${number}`, seat('read', number))));
  }
}

const dir = mkdtempSync(join(folder, 'bench-store-'));
const store = await openEmbeddedStore({
  dir,
  tables: [seats, reservations, holds, answers, outbox, ...KEYS.flatMap(({ tables }) => tables)],
});
try {
  console.log(columns('', 'callers', 'per s', 'P50 ms', 'P95 ms', 'P99 ms', 'CPU us'));
  await measure('(warm-up)', 64, updating(store, 'warm', 1));
  for (const callers of CALLERS) {
    await measure('6 updates, 6 items a caller', callers, updating(store, `a${callers}`, 1));
  }
  for (const callers of CALLERS) {
    await measure('6 updates, 600 items a caller', callers, updating(store, `b${callers}`, 100));
  }
  for (const callers of CALLERS) {
    await measure('6 inserts of a reservation', callers, reserving(store, `c${callers}`));
  }
  for (const { key, tables } of KEYS) {
    await preload(store, tables, key);
  }
  for (const callers of CALLERS) {
    for (const { order, key, tables } of KEYS) {
      await measure(`2 inserts, keys ${order}`, callers, adding(store, tables, key));
    }
  }
  await fill(store);
  for (const callers of CALLERS) {
    await measure(`point reads of ${ITEMS} items`, callers, () =>
      store.get(seats, `read/${Math.floor(Math.random() * ITEMS)}`),
    );
  }
  await measure('pages of 100 items', 16, () =>
    store.query(seats, 'by_event', { partition: 'read', limit: 100 }),
  );
} finally {
  await store.close();
  rmSync(dir, { recursive: true });
}
