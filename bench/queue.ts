/**
 * What a waiting line costs: bytes for each waiting buyer, microseconds for each call, from a thousand to a
 * million waiting. The domain alone, without store and network.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source --expose-gc bench/queue.ts [--quick]
 *
 * `--quick`: up to a hundred thousand.
 */
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buyerKey, type WaitingLine, waitingLine } from '../reference-server/src/domain/queue/index.ts';
import { record } from './lib/results.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const SIZES = flags.quick ? [1_000, 10_000, 100_000] : [1_000, 10_000, 100_000, 1_000_000];
const CALLS = 200_000;
const times = { waitingTtlMs: 120_000, readyTtlMs: 60_000 };
const START = Date.UTC(2026, 0, 1);
const paused = { ratePerMinute: 60_000, maxActive: 1_000_000, paused: true };

async function memoryInUse(): Promise<number> {
  if (globalThis.gc === undefined) {
    throw new Error('gc is not exposed; run node with --expose-gc');
  }
  // Array buffers are given back some time after the collection that found them unused.
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await setTimeout(100);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The same numbers in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function join(line: WaitingLine, from: number, count: number, now: (index: number) => number): void {
  for (let index = from; index < from + count; index++) {
    line.confirm(line.join({ nonce: index, buyer: buyerKey(`auth0|${index}`) }, now(index)));
  }
}

/** Mean microseconds of a call, and the longest one in milliseconds. */
function measure(calls: number, call: (index: number) => void): { mean: number; longest: number } {
  let longest = 0;
  const begin = performance.now();
  let before = begin;
  for (let index = 0; index < calls; index++) {
    call(index);
    const after = performance.now();
    longest = Math.max(longest, after - before);
    before = after;
  }
  return { mean: ((before - begin) / calls) * 1000, longest };
}

async function run(size: number): Promise<Record<string, string | number>> {
  const empty = await memoryInUse();
  const line = waitingLine(times, START);
  line.rule(paused, START);
  join(line, 1, size, (index) => START + (index / size) * 60_000);
  const bytes = ((await memoryInUse()) - empty) / size;

  const random = randomNumbers(size);
  let now = START + 60_000;
  // Time passes, so that what a call finds to be done because of it is paid for as well.
  const status = measure(CALLS, () => {
    now += random(10) === 0 ? 1 : 0;
    const sequence = 1 + random(size);
    line.touch(sequence, now);
    line.placeAt(sequence, now);
  });
  const joining = measure(Math.min(size, CALLS / 10), (index) => {
    now += random(10) === 0 ? 1 : 0;
    join(line, size + 1 + index, 1, () => now);
  });
  line.rule({ ...paused, paused: false }, now);
  const before = line.stats(now).admitted;
  const tick = measure(Math.min(20, size / 1_000), () => {
    now += 100;
    const plan = line.plan(now);
    if (plan !== undefined) {
      line.admit(plan.through, now);
    }
  });
  const admitted = line.stats(now).admitted - before;
  // Nobody asks any more: what the ticks cost in which they lapse.
  const lapsing = measure(1_220, () => {
    now += 100;
    line.advance(now);
    line.takeEnded();
  });
  if (line.stats(now).waiting !== 0 || admitted === 0) {
    throw new Error(`${line.stats(now).waiting} still wait; expected everybody to have lapsed`);
  }
  const figure = `queue/${size} waiting`;
  record([
    { measure: `${figure}/memory`, value: Math.round(bytes), unit: 'bytes each' },
    { measure: `${figure}/status`, value: Number(status.mean.toFixed(2)), unit: 'µs' },
    { measure: `${figure}/join`, value: Number(joining.mean.toFixed(2)), unit: 'µs' },
  ]);
  return {
    waiting: size.toLocaleString('en'),
    'bytes each': bytes.toFixed(1),
    'status µs': status.mean.toFixed(2),
    'join µs': joining.mean.toFixed(2),
    'longest join ms': joining.longest.toFixed(2),
    'admission µs': ((tick.mean * Math.min(20, size / 1_000)) / admitted).toFixed(2),
    'longest lapse tick ms': lapsing.longest.toFixed(2),
  };
}

await run(100_000);
const rows = [];
for (const size of SIZES) {
  rows.push(await run(size));
}
console.table(rows);
