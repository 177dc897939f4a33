import { afterEach, expect, test, vi } from 'vitest';
import { endSharing, measureTime, shareTime, steadyTime, systemTime } from './clocks.ts';

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

afterEach(() => {
  endSharing();
  vi.useRealTimers();
});

test('the clocks go on while nobody shares them', () => {
  const [steady, system] = [steadyTime(), systemTime()];
  work(5);
  expect(steadyTime() - steady).toBeGreaterThanOrEqual(5);
  expect(systemTime() - system).toBeGreaterThanOrEqual(4);
});

test('who shares them gets the same time until it is measured', () => {
  shareTime();
  const [steady, system] = [steadyTime(), systemTime()];
  work(5);
  expect(steadyTime() - steady).toBeLessThan(1);
  expect(systemTime() - system).toBeLessThanOrEqual(1);
  const measured = measureTime();
  expect(measured - steady).toBeGreaterThanOrEqual(5);
  expect(steadyTime()).toBe(measured);
  expect(systemTime() - system).toBeGreaterThanOrEqual(4);
});

test('sharing begins with the time of then', () => {
  shareTime();
  steadyTime();
  endSharing();
  work(5);
  const before = performance.now();
  shareTime();
  expect(steadyTime()).toBeGreaterThanOrEqual(before);
});

test('the system’s time never goes back while it is shared, nor ahead of the clock', () => {
  for (let round = 0; round < 300; round++) {
    let last = Date.now();
    shareTime();
    for (let call = 0; call < 5; call++) {
      const time = systemTime();
      expect(time).toBeGreaterThanOrEqual(last);
      expect(Number.isInteger(time)).toBe(true);
      last = time;
      work(0.05);
      measureTime();
    }
    endSharing();
    expect(systemTime()).toBeGreaterThanOrEqual(last);
  }
});

test('the system’s time is not ahead even where asking for it takes long', () => {
  const now = vi.spyOn(Date, 'now').mockImplementation(() => {
    const time = performance.timeOrigin + performance.now();
    work(10);
    return Math.floor(time);
  });
  shareTime();
  const first = systemTime();
  measureTime();
  const second = systemTime();
  now.mockRestore();
  const real = performance.timeOrigin + performance.now();
  expect(first).toBeLessThanOrEqual(second);
  expect(second).toBeLessThanOrEqual(real - 9);
});

test('a jump of the system’s clock is seen by the next who share it', () => {
  shareTime();
  const before = systemTime();
  endSharing();
  vi.useFakeTimers({ now: before + 3_600_000, toFake: ['Date'] });
  shareTime();
  expect(systemTime()).toBeGreaterThanOrEqual(before + 3_600_000);
});
