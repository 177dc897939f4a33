/**
 * Speed of the embedded store on this machine.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/store.ts [seconds per line] [data folder]
 *
 * Every transaction has six conditional writes and counts when it is acknowledged, that is on disk. To see main
 * thread and worker on one core, put `taskset -c 0` before `node`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../reference-server/src/store/embedded/index.ts';
import { put, type Store, table, type Write } from '../reference-server/src/store/index.ts';

interface Seat {
  readonly event: string;
  readonly seat: string;
  readonly status: string;
  readonly holder: string;
  readonly reservation: string;
  readonly expiresAt: number;
}

const seats = table<Seat, 'by_event'>('seat', {
  by_event: (seat) => ({ partition: seat.event, sort: seat.seat }),
});
const reservations = table<
  { readonly user: string; readonly createdAt: number; readonly seats: readonly string[] },
  'by_user'
>('reservation', {
  by_user: (reservation) => ({ partition: reservation.user, sort: reservation.createdAt }),
});
const answers = table<{ readonly request: string; readonly answer: string }>('answer');
const outbox = table<{ readonly type: string; readonly reservation: string }>('outbox');

const seconds = Number(process.argv[2] ?? 3);
const folder = process.argv[3] ?? tmpdir();
const CALLERS = [16, 64, 256];
const SEATS = 100_000;

function seat(event: string, number: number, status: string): Seat {
  return {
    event,
    seat: `R${number}`,
    status,
    holder: 'user_4711',
    reservation: 'rsv_0c7e19aa',
    expiresAt: 1_790_000_000_000,
  };
}

/** Runs `step` over and over in `callers` loops for a while, and prints how many and how fast. */
async function measure(
  what: string,
  callers: number,
  step: (caller: number) => Promise<void>,
): Promise<void> {
  const latencies: number[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  const end = start + seconds * 1000;
  async function loop(caller: number): Promise<void> {
    for (let before = performance.now(); before < end; before = performance.now()) {
      await step(caller);
      latencies.push(performance.now() - before);
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (share: number): string =>
    (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2).padStart(7);
  const rate = Math.round((latencies.length / elapsed) * 1000)
    .toLocaleString('en')
    .padStart(8);
  const cost = ((user + system) / latencies.length).toFixed(1).padStart(6);
  console.log(
    `${what.padEnd(42)}${String(callers).padStart(8)}${rate}${at(0.5)}${at(0.95)}${at(0.99)}${cost}`,
  );
}

/** Six seats of the caller's own, each on the condition that it still has the version that was written last. */
function updates(store: Store, event: string, spread: number): (caller: number) => Promise<void> {
  const versions = new Map<string, number>();
  const rounds = new Map<number, number>();
  return async (caller) => {
    const round = ((rounds.get(caller) ?? 0) + 1) % spread;
    rounds.set(caller, round);
    const writes: Write[] = [];
    for (let place = 0; place < 6; place++) {
      const key = `${event}/${(caller * 6 + place) * spread + round}`;
      const version = versions.get(key);
      writes.push(
        put(seats, key, seat(event, caller, 'RESERVED'), {
          if: version === undefined ? 'absent' : { version },
        }),
      );
    }
    const { version } = await store.transact(writes);
    for (const { key } of writes) {
      versions.set(key, version);
    }
  };
}

/** What a reservation of two seats writes: reservation, seats, what the buyer has, the kept answer, the outbox. */
function reserving(store: Store, event: string): (caller: number) => Promise<void> {
  const versions = new Map<string, number>();
  let count = 0;
  return async () => {
    const now = Date.now();
    const id = `rsv_${event}_${Math.random().toString(16).slice(2)}${count++}`;
    const pair = [count * 2, count * 2 + 1].map((number) => number % SEATS);
    const known = (key: string) => versions.get(key);
    const change = (key: string, number: number): Write => {
      const version = known(key);
      const condition = version === undefined ? ('absent' as const) : { version };
      return put(seats, key, seat(event, number, 'RESERVED'), { if: condition });
    };
    const keys = pair.map((number) => `${event}/${number}`);
    const { version } = await store.transact([
      put(reservations, id, { user: `user_${count % 1000}`, createdAt: now, seats: keys }, { if: 'absent' }),
      ...pair.map((number, at) => change(keys[at] ?? '', number)),
      put(
        reservations,
        `${id}.hold`,
        { user: `user_${count % 1000}`, createdAt: now, seats: keys },
        { if: 'absent' },
      ),
      put(
        answers,
        `user_${count % 1000}/reserve/${id}`,
        { request: id, answer: 'OK' },
        { if: 'absent', expiresAt: now + 300_000 },
      ),
      put(
        outbox,
        String(count).padStart(12, '0'),
        { type: 'reservation.created', reservation: id },
        { if: 'absent' },
      ),
    ]);
    for (const key of keys) {
      versions.set(key, version);
    }
  };
}

async function fill(store: Store): Promise<void> {
  for (let first = 0; first < SEATS; first += 10_000) {
    await Promise.all(
      Array.from({ length: 100 }, (_, chunk) =>
        store.transact(
          Array.from({ length: 100 }, (_, at) => {
            const number = first + chunk * 100 + at;
            return put(seats, `read/${number}`, seat('read', number, 'AVAILABLE'));
          }),
        ),
      ),
    );
  }
}

const dir = mkdtempSync(join(folder, 'bench-store-'));
const store = await openEmbeddedStore({ dir, tables: [seats, reservations, answers, outbox] });
try {
  console.log(`${''.padEnd(42)}${'callers'.padStart(8)}${'per s'.padStart(8)}  p50 ms p95 ms p99 ms CPU us`);
  await measure('(warm-up)', 64, updates(store, 'warm', 1));
  for (const callers of CALLERS) {
    await measure('6 conditional writes, few items', callers, updates(store, `few${callers}`, 1));
  }
  for (const callers of CALLERS) {
    await measure('6 conditional writes, 60 items a caller', callers, updates(store, `more${callers}`, 10));
  }
  for (const callers of CALLERS) {
    await measure('reservation of two seats, table grows', callers, reserving(store, `arena${callers}`));
  }
  await fill(store);
  for (const callers of CALLERS) {
    await measure('point read of 100,000 items', callers, async () => {
      await store.get(seats, `read/${Math.floor(Math.random() * SEATS)}`);
    });
  }
  await measure('page of 100 items by index', 16, async () => {
    await store.query(seats, 'by_event', { partition: 'read', limit: 100 });
  });
} finally {
  await store.close();
  rmSync(dir, { recursive: true });
}
