import { Priority } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { createOverloadControl, type OverloadControl } from './overload-control.ts';

/** One call as it fared. */
interface Fate {
  readonly arrivedAt: number;
  readonly priority: Priority;
  /** Milliseconds from arrival to the answer; `undefined` for a refused call. */
  readonly latencyMs: number | undefined;
}

interface Load {
  /** Calls a second at a time in milliseconds; the server can do 1000. */
  readonly rate: (at: number) => number;
  readonly durationMs: number;
  /** Parts of the calls that are sheddable and critical. */
  readonly sheddable: number;
  readonly critical: number;
  readonly seed?: number;
}

const MEAN_SERVICE_MS = 1;
/** Refusing is not free. */
const REFUSAL_MS = 0.05;
const TICK_MS = 20;
/** Milliseconds the timer is late when the delay is measured within a turn as well, every so many calls. */
const LATE_MS = 100;
const CALLS = 16;

/** The same numbers for the same seed (mulberry32). */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Calls that do not wait for each other's answers. */
function arrivals({ rate, durationMs, sheddable, critical, seed = 1 }: Load) {
  const random = randomness(seed);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const calls: { at: number; priority: Priority; serviceMs: number }[] = [];
  for (let at = 0; at < durationMs; at += exponential(1000 / rate(at))) {
    const drawn = random();
    const priority =
      drawn < sheddable
        ? Priority.SHEDDABLE
        : drawn < sheddable + critical
          ? Priority.CRITICAL
          : Priority.NORMAL;
    calls.push({ at, priority, serviceMs: exponential(MEAN_SERVICE_MS) });
  }
  return calls;
}

/**
 * An event loop: in each turn it runs the timer if that is due, then everything that has arrived by then. A call that
 * is let in is answered in its turn.
 */
function simulate(load: Load, control: OverloadControl | undefined): Fate[] {
  const calls = arrivals(load);
  const fates: Fate[] = [];
  let now = 0;
  let due = TICK_MS;
  let next = 0;
  while (next < calls.length) {
    if (now >= due) {
      control?.sample(now, now - due);
      due = now + TICK_MS;
    }
    const turn = now;
    for (let call = calls[next]; call !== undefined && call.at <= turn; call = calls[++next]) {
      if (next % CALLS === 0 && now - due > LATE_MS) {
        control?.sample(now, now - due);
      }
      const isIn = control?.admit(call.priority) ?? true;
      now += isIn ? call.serviceMs : REFUSAL_MS;
      fates.push({
        arrivedAt: call.at,
        priority: call.priority,
        latencyMs: isIn ? now - call.at : undefined,
      });
    }
    if (now === turn) {
      now = Math.min(due, calls[next]?.at ?? due);
    }
  }
  return fates;
}

function percentile(fates: readonly Fate[], part: number): number {
  const latencies = fates.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
}

function answeredShare(fates: readonly Fate[], priority?: Priority): number {
  const all = fates.filter((fate) => priority === undefined || fate.priority === priority);
  return all.filter(({ latencyMs }) => latencyMs !== undefined).length / all.length;
}

const targetDelayMs = 50;
const twice: Load = { rate: () => 2000, durationMs: 60_000, sheddable: 0.6, critical: 0.1 };

test('SECURITY 21: at twice the capacity the latency of admitted work holds, without shedding it grows for ever', () => {
  const shed = simulate(twice, createOverloadControl({ targetDelayMs }));
  const unshed = simulate(twice, undefined);
  const late = (fates: readonly Fate[]) => fates.filter(({ arrivedAt }) => arrivedAt > 50_000);

  expect(percentile(unshed, 0.5)).toBeGreaterThan(20_000);
  expect(percentile(late(unshed), 0.5)).toBeGreaterThan(45_000);
  // The whole run, its beginning included, when nothing was known of the overload.
  expect(percentile(shed, 0.99)).toBeLessThan(200);
  expect(percentile(late(shed), 0.99)).toBeLessThan(200);
  expect(percentile(late(shed), 0.5)).toBeLessThan(2 * targetDelayMs);
});

test('SECURITY 21: polling is shed first, and what others wait for is answered', () => {
  const fates = simulate(twice, createOverloadControl({ targetDelayMs }));

  expect(answeredShare(fates, Priority.CRITICAL)).toBe(1);
  expect(answeredShare(fates, Priority.NORMAL)).toBeGreaterThan(0.98);
  expect(answeredShare(fates, Priority.SHEDDABLE)).toBeLessThan(0.3);
});

test('the server stays busy: as much is answered as it can do', () => {
  const answered = simulate(twice, createOverloadControl({ targetDelayMs })).filter(
    ({ latencyMs }) => latencyMs !== undefined,
  );

  // Refusals take up to 5 % of its time.
  expect(answered.length / 60).toBeGreaterThan(900);
});

test.each([1.2, 1.5, 3, 5, 10])('holds the latency at %s times the capacity', (factor) => {
  const load = { ...twice, rate: () => 1000 * factor, durationMs: 30_000, critical: 0.05 };
  const settled = simulate(load, createOverloadControl({ targetDelayMs })).filter(
    ({ arrivedAt }) => arrivedAt > 3000,
  );

  expect(percentile(settled, 0.99)).toBeLessThan(200);
  // At ten times, refusing alone takes half of its time, and the critical calls would take the other.
  expect(answeredShare(settled, Priority.CRITICAL)).toBeGreaterThan(factor < 10 ? 0.995 : 0.9);
});

test('sheds normal calls when there are no sheddable ones left, critical ones when there is nothing else', () => {
  const noPolling = simulate(
    { ...twice, sheddable: 0.1, critical: 0.3 },
    createOverloadControl({ targetDelayMs }),
  );
  expect(answeredShare(noPolling, Priority.SHEDDABLE)).toBeLessThan(0.05);
  expect(answeredShare(noPolling, Priority.NORMAL)).toBeLessThan(0.5);
  expect(answeredShare(noPolling, Priority.CRITICAL)).toBeGreaterThan(0.99);

  const onlyCritical = simulate(
    { ...twice, sheddable: 0, critical: 1 },
    createOverloadControl({ targetDelayMs }),
  );
  expect(answeredShare(onlyCritical)).toBeGreaterThan(0.4);
  expect(percentile(onlyCritical, 0.99)).toBeLessThan(250);
});

test('refuses nothing below the capacity', () => {
  const load = { ...twice, rate: () => 850, durationMs: 120_000 };
  expect(answeredShare(simulate(load, createOverloadControl({ targetDelayMs })))).toBeGreaterThan(0.999);
});

test('a burst that passes is not an overload', () => {
  const burst: Load = { ...twice, rate: (at) => (at > 5000 && at < 5080 ? 2000 : 500), durationMs: 10_000 };
  expect(answeredShare(simulate(burst, createOverloadControl({ targetDelayMs })))).toBe(1);
});

test('lets everything in again soon after an overload', () => {
  const load: Load = { ...twice, rate: (at) => (at < 10_000 ? 3000 : 500), durationMs: 20_000 };
  const control = createOverloadControl({ targetDelayMs });
  const after = simulate(load, control).filter(({ arrivedAt }) => arrivedAt > 13_000);

  expect(answeredShare(after)).toBe(1);
  expect(control.refusedShare()).toBe(0);
});
