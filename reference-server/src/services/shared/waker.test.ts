import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { alarms } from './alarms.ts';
import { waker } from './waker.ts';

function sleeper() {
  let now = 1_000;
  const stop = new AbortController();
  const { wake, sleep } = waker(
    alarms(() => now, 1),
    stop.signal,
  );
  return {
    wake,
    sleep,
    stop: () => stop.abort(),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const isDone = (sleep: Promise<void>) => Promise.race([sleep.then(() => true), pause(30, false)]);

test('a sleep ends at its time, by the clock it is given', async () => {
  const { sleep, pass } = sleeper();
  const asleep = sleep(2_000);
  expect(await isDone(asleep)).toBe(false);
  pass(1_000);
  await asleep;
});

test('a wake ends the sleep, or the next one; the one after that sleeps', async () => {
  const { sleep, wake } = sleeper();
  const asleep = sleep(Number.POSITIVE_INFINITY);
  expect(await isDone(asleep)).toBe(false);
  wake();
  await asleep;
  wake();
  wake();
  await sleep(Number.POSITIVE_INFINITY);
  expect(await isDone(sleep(9_000))).toBe(false);
});

test('an earlier time is kept though a later one was asked for before', async () => {
  const { sleep, wake, pass } = sleeper();
  const first = sleep(60_000);
  wake();
  await first;
  const second = sleep(1_500);
  pass(500);
  await second;
});

test('nobody sleeps on when the stream is over', async () => {
  const { sleep, stop } = sleeper();
  const asleep = sleep(Number.POSITIVE_INFINITY);
  stop();
  await asleep;
  await sleep(Number.POSITIVE_INFINITY);
});
