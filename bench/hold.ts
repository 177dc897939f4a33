/**
 * What it costs to hold two seats of an event, from a thousand to a million seats: in rows of 500 and of 50 and in areas,
 * by number and by name, at the beginning of a sale and when nearly everything is sold.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/hold.ts [--quick]
 *
 * Sixteen callers hold two seats and release them, over and over, for a second and a half (`--quick`: 0.2 s, up to ten
 * thousand seats). Holds are timed, from the call to the answer, with every policy and on disk; `CPU µs` is
 * what a hold and its release cost on all threads together. Then as many come at random times as make 70 % of that load,
 * for twice as long; theirs are the columns `at 70 %`, which count from when a hold was due. The last column is what
 * `GetInventoryStatus` takes, which counts all seats.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbeddedStore } from '../reference-server/src/store/embedded/index.ts';
import { tables } from '../reference-server/src/tables.ts';
import { hallOf, type Kind, seatIdOf, sellNearlyAll } from './hold/hall.ts';
import { paced } from './hold/paced.ts';
import { type Services, servicesOn } from './hold/services.ts';
import { record } from './lib/results.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const SIZES = flags.quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000];
const MILLISECONDS = flags.quick ? 200 : 1_500;
const CALLERS = 16;
/** Pairs of seats that holds by name take turns with: more than are ever held at once. */
const PAIRS = 200;
const SHARE_OF_FULL_LOAD = 0.7;
const COUNTS = 100;

/** What is measured: which event, and what is asked for. */
interface Scene {
  readonly name: string;
  readonly kind: Kind;
  readonly nearlySold?: boolean;
  /** Seats by their names, of one caller's own. */
  readonly byName?: boolean;
}

const scenes: readonly Scene[] = [
  { name: 'rows, by number', kind: 'rows' },
  { name: 'rows, by name', kind: 'rows', byName: true },
  { name: 'rows, nearly sold', kind: 'rows', nearlySold: true },
  { name: 'rows of 50, by number', kind: 'short rows' },
  { name: 'rows of 50, by name', kind: 'short rows', byName: true },
  { name: 'area, by number', kind: 'area' },
  { name: 'area, nearly sold', kind: 'area', nearlySold: true },
];

let holds = 0;

/** Holds two seats and releases them. @returns milliseconds of the hold. */
async function holdOnce({ inventory }: Services, eventId: string, seatIds: string[]): Promise<number> {
  const id = `rsv-${++holds}`;
  const from = performance.now();
  const held = await inventory.reserveSeat({
    eventId,
    reservationId: id,
    userId: `user-${holds % 10_000}`,
    ...(seatIds.length > 0 ? { seatIds } : { quantity: 2 }),
    idempotencyKey: `${id}/reserve`,
  });
  const took = performance.now() - from;
  const released = await inventory.releaseHold({
    eventId,
    reservationId: id,
    idempotencyKey: `${id}/release`,
  });
  const error = held.error ?? released.error;
  if (error !== undefined || released.releasedSeats.length !== 2) {
    throw new Error(`a hold of event "${eventId}" was refused: ${error?.message}`);
  }
  return took;
}

async function measure(services: Services, scene: Scene, eventId: string, seats: number): Promise<object> {
  const latencies: number[] = [];
  const pair = (number: number): string[] =>
    [2 * number, 2 * number + 1].map((at) => seatIdOf(scene.kind, Math.floor(seats / 2) + at));
  const loop = async (caller: number, until: number): Promise<void> => {
    const own = pair(caller);
    while (performance.now() < until) {
      latencies.push(await holdOnce(services, eventId, scene.byName ? own : []));
    }
  };
  const all = (ms: number): Promise<unknown> =>
    Promise.all(Array.from({ length: CALLERS }, (_, caller) => loop(caller, performance.now() + ms)));
  await all(MILLISECONDS / 5);
  latencies.length = 0;
  const cpu = process.cpuUsage();
  await all(MILLISECONDS);
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = (latencies.length / MILLISECONDS) * 1000;

  const free = Array.from({ length: PAIRS }, (_, number) => pair(number));
  const paces = await paced(perSecond * SHARE_OF_FULL_LOAD, MILLISECONDS * 2, async () => {
    const own = scene.byName ? free.pop() : [];
    if (own === undefined) {
      throw new Error(
        `${PAIRS} holds of event "${eventId}" were not answered, the first one was due long ago`,
      );
    }
    const took = await holdOnce(services, eventId, own);
    free.push(own);
    return took;
  });
  const before = performance.now();
  for (let count = 0; count < COUNTS; count++) {
    await services.inventory.getInventoryStatus({ eventId });
  }
  const counting = ((performance.now() - before) / COUNTS) * 1000;

  const full = quantiles(latencies);
  const calm = quantiles(paces);
  const cost = (user + system) / latencies.length;
  const figure = `hold/${scene.name}, ${seats} seats`;
  record([
    { measure: `${figure}/cpu`, value: Number(cost.toFixed(1)), unit: 'µs' },
    { measure: `${figure}/p95`, value: Number(full(0.95).toFixed(2)), unit: 'ms' },
    { measure: `${figure}/p95 at 70 %`, value: Number(calm(0.95).toFixed(2)), unit: 'ms' },
  ]);
  return {
    scene: scene.name,
    seats: seats.toLocaleString('en'),
    'holds/s': Math.round(perSecond).toLocaleString('en'),
    'CPU µs': cost.toFixed(1),
    'P50 ms': full(0.5).toFixed(2),
    'P95 ms': full(0.95).toFixed(2),
    'P50 at 70 %': calm(0.5).toFixed(2),
    'P95 at 70 %': calm(0.95).toFixed(2),
    'counts µs': counting.toFixed(0),
  };
}

function quantiles(milliseconds: readonly number[]): (share: number) => number {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return (share) => sorted[Math.floor(sorted.length * share)] ?? 0;
}

async function run(scene: Scene, seats: number): Promise<object> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-hold-'));
  const store = await openEmbeddedStore({ dir, tables });
  const services = servicesOn(store);
  try {
    const eventId = 'hall';
    const { error } = await services.catalog.createEvent({
      event: hallOf(eventId, scene.kind, seats),
      idempotencyKey: 'create',
    });
    if (error !== undefined) {
      throw new Error(`the event was refused: ${error.message}`);
    }
    if (scene.nearlySold) {
      await sellNearlyAll(store, eventId, scene.kind, seats);
    }
    return await measure(services, scene, eventId, seats);
  } finally {
    await services.close();
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

await run(scenes[0] as Scene, 1_000);
const rows: object[] = [];
for (const scene of scenes) {
  for (const seats of SIZES) {
    rows.push(await run(scene, seats));
  }
}
console.table(rows);
