import { Priority } from '@traffic-tacos/policy';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallFailure } from '../errors/failure.ts';
import { createLoadShedder } from './load-shedder.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function refusal(run: () => void): CallFailure | undefined {
  try {
    run();
    return undefined;
  } catch (reason) {
    if (reason instanceof CallFailure) {
      return reason;
    }
    throw reason;
  }
}

/** A shedder beside a loop each turn of which takes so long, and polling in every turn. */
function busyLoop(turnMs: () => number, queue: () => number = () => 0, warmUpMs = 0) {
  const clock = { now: 0 };
  const shedder = createLoadShedder({ now: () => clock.now, random: () => 0.5, queues: [queue], warmUpMs });
  const refusals: CallFailure[] = [];
  const run = (turns: number) => {
    for (let turn = 0; turn < turns; turn++) {
      const refused = refusal(() => shedder.admit(Priority.SHEDDABLE));
      if (refused !== undefined) {
        refusals.push(refused);
      }
      clock.now += 20 + turnMs();
      vi.advanceTimersByTime(20);
    }
  };
  return { shedder, refusals, run };
}

test('refuses calls when the event loop keeps being late, and says when to ask again', () => {
  const { shedder, refusals, run } = busyLoop(() => 120);
  run(40);

  expect(shedder.refusedShare()).toBeGreaterThan(0.5);
  expect(shedder.refused()).toBe(refusals.length);
  expect(refusals[0]).toMatchObject({
    code: 'UNAVAILABLE',
    retryAfterMs: 3500,
    details: [{ reason: 'OVERLOADED' }],
  });
  expect(refusal(() => shedder.admit(Priority.CRITICAL))).toBeUndefined();
});

test('a loop that is on time refuses nothing', () => {
  const { refusals, run } = busyLoop(() => 2);
  run(200);

  expect(refusals).toEqual([]);
});

test('a further queue in which calls wait counts like the event loop', () => {
  const { refusals, run } = busyLoop(
    () => 0,
    () => 200,
  );
  run(40);

  expect(refusals.length).toBeGreaterThan(5);
});

test('measures only while there are calls, or something is being refused', () => {
  const { run, shedder } = busyLoop(() => 0);
  expect(vi.getTimerCount()).toBe(0);
  run(1);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(2000);
  expect(vi.getTimerCount()).toBe(0);
  run(1);
  shedder.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('within one long turn of the loop calls are refused before the timer has had its say', () => {
  let now = 0;
  const shedder = createLoadShedder({ now: () => now, warmUpMs: 0 });
  // The timer never runs: ten thousand calls have come in at once.
  for (let call = 0; call < 10_000; call++) {
    refusal(() => shedder.admit(Priority.SHEDDABLE));
    now += 0.1;
  }

  expect(shedder.refused()).toBeGreaterThan(3000);
});

test('a server that has just started and is late now and then refuses nothing', () => {
  let turn = 0;
  // Each 800 ms of start-up work are followed by a moment in which the loop is in time.
  const late = () => (++turn % 5 === 0 ? 0 : 180);
  const early = busyLoop(late, undefined, 10_000);
  early.run(40);
  expect(early.refusals).toEqual([]);

  // The same without a break, and it is no start-up any more.
  const standing = busyLoop(() => 180, undefined, 10_000);
  standing.run(10);
  expect(standing.refusals.length).toBeGreaterThan(0);
});

test('delays of a start are no excuse later', () => {
  let turnMs = 0;
  const { run, refusals } = busyLoop(() => turnMs, undefined, 1000);
  run(60);
  turnMs = 120;
  run(6);

  expect(refusals.length).toBeGreaterThan(0);
});
