import { expect, test } from 'vitest';
import { createCircuitBreakers } from './circuit-breakers.ts';

const limits = { failures: 2, openMs: 30_000 };

function breakersAt() {
  const clock = { now: 0 };
  const breakers = createCircuitBreakers(() => clock.now);
  const call = (service: string, verdict: 'success' | 'failure') => {
    const report = breakers.of(service).acquire(limits);
    report?.(verdict);
    return report !== undefined;
  };
  return { clock, breakers, call };
}

test('each service has one breaker, and all can be looked at', () => {
  const { clock, breakers, call } = breakersAt();
  call('b.Service', 'success');
  call('a.Service', 'failure');
  call('a.Service', 'failure');

  expect(breakers.snapshot()).toEqual([
    { service: 'a.Service', state: 'open', waitMs: 30_000 },
    { service: 'b.Service', state: 'closed', waitMs: 0 },
  ]);
  expect(call('b.Service', 'success')).toBe(true);
  clock.now = 30_000;
  expect(breakers.of('a.Service').state()).toBe('half-open');
  call('a.Service', 'success');
  expect(breakers.of('a.Service').state()).toBe('closed');
});

test('a breaker that is opened by hand stays open for its time, whatever earlier calls report', () => {
  const { clock, breakers, call } = breakersAt();
  const early = breakers.of('a.Service').acquire(limits);
  breakers.of('a.Service').open(60_000);
  early?.('success');

  expect(call('a.Service', 'success')).toBe(false);
  clock.now = 60_000;
  expect(call('a.Service', 'success')).toBe(true);
});

test('a breaker that is reset lets calls through at once and counts anew', () => {
  const { breakers, call } = breakersAt();
  call('a.Service', 'failure');
  call('a.Service', 'failure');
  expect(call('a.Service', 'success')).toBe(false);
  breakers.of('a.Service').reset();

  expect(call('a.Service', 'failure')).toBe(true);
  expect(call('a.Service', 'success')).toBe(true);
});

test('a breaker that is reset while a call is trying takes nothing from that call', () => {
  const { clock, breakers, call } = breakersAt();
  call('a.Service', 'failure');
  call('a.Service', 'failure');
  clock.now = 30_000;
  const trial = breakers.of('a.Service').acquire(limits);
  breakers.of('a.Service').reset();
  trial?.('failure');

  expect(breakers.of('a.Service').state()).toBe('closed');
  expect(call('a.Service', 'success')).toBe(true);
});
