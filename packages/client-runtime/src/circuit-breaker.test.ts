import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCircuitBreaker, type Permit, type Verdict } from './circuit-breaker.ts';

const limits = { failures: 5, openMs: 30_000 };

function breakerAt() {
  const clock = { now: 0 };
  const breaker = createCircuitBreaker(() => clock.now);
  /** Makes one call with this result; whether it was let through. */
  const call = (verdict: Verdict) => {
    const report = breaker.acquire(limits);
    report?.(verdict);
    return report !== undefined;
  };
  const fail = (times: number) => Array.from({ length: times }, () => call('failure'));
  return { clock, breaker, call, fail };
}

test('opens at the fifth consecutive failure, not before', () => {
  const { call, fail } = breakerAt();
  fail(4);
  call('success');
  expect(fail(4)).toEqual([true, true, true, true]);
  expect(call('failure')).toBe(true);
  expect(call('success')).toBe(false);
});

test('lets one call try after 30 s; its success closes the breaker', () => {
  const { clock, breaker, call, fail } = breakerAt();
  fail(5);
  clock.now = 29_999;
  expect(breaker.waitMs()).toBe(1);
  expect(call('success')).toBe(false);
  clock.now = 30_000;
  const report = breaker.acquire(limits);
  expect(report).toBeDefined();
  expect(breaker.acquire(limits)).toBeUndefined();
  report?.('success');
  expect(fail(4)).toEqual([true, true, true, true]);
  expect(call('success')).toBe(true);
});

test('a failed try opens it for another 30 s', () => {
  const { clock, call, fail } = breakerAt();
  fail(5);
  clock.now = 30_000;
  expect(call('failure')).toBe(true);
  clock.now = 59_999;
  expect(call('success')).toBe(false);
  clock.now = 60_000;
  expect(call('success')).toBe(true);
  expect(call('success')).toBe(true);
});

test('a try that says nothing makes room for the next one', () => {
  const { clock, call, fail } = breakerAt();
  fail(5);
  clock.now = 30_000;
  expect(call('ignored')).toBe(true);
  expect(call('success')).toBe(true);
  expect(call('success')).toBe(true);
});

test('what began before the breaker opened neither closes nor extends it', () => {
  const { clock, breaker, call, fail } = breakerAt();
  const early = breaker.acquire(limits);
  const late = breaker.acquire(limits);
  fail(5);
  early?.('success');
  expect(call('success')).toBe(false);
  clock.now = 20_000;
  late?.('failure');
  clock.now = 30_000;
  expect(call('success')).toBe(true);
});

test('a method without a limit is always let through and never counts', () => {
  const { breaker, call, fail } = breakerAt();
  for (let i = 0; i < 10; i++) {
    breaker.acquire({ failures: 0, openMs: 30_000 })?.('failure');
  }
  expect(call('success')).toBe(true);
  fail(5);
  expect(breaker.acquire({ failures: 0, openMs: 30_000 })).toBeDefined();
});

/** The textbook machine: three states, each knowing which calls were made in it. */
type State =
  | { name: 'closed'; streak: number }
  | { name: 'open'; until: number }
  | { name: 'half-open'; trying: boolean };

const step = fc.oneof(
  fc.constant({ kind: 'begin' as const }),
  fc.record({
    kind: fc.constant('end' as const),
    which: fc.nat(),
    verdict: fc.constantFrom<Verdict>('failure', 'failure', 'failure', 'success', 'ignored'),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }),
);

test('behaves like the three-state machine in any sequence of overlapping calls', () => {
  let opened = 0;
  let probed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
      const { clock, breaker } = breakerAt();
      const few = { failures: 2, openMs: 30_000 };
      const running: { report: Permit; madeIn: State }[] = [];
      let state: State = { name: 'closed', streak: 0 };
      for (const s of steps) {
        if (s.kind === 'wait') {
          clock.now += s.ms;
        } else if (s.kind === 'begin') {
          if (state.name === 'open' && clock.now >= state.until) {
            state = { name: 'half-open', trying: false };
          }
          const report = breaker.acquire(few);
          const expected: boolean = state.name === 'closed' || (state.name === 'half-open' && !state.trying);
          expect(report !== undefined).toBe(expected);
          if (report !== undefined) {
            running.push({ report, madeIn: state });
            if (state.name === 'half-open') {
              probed++;
              state.trying = true;
            }
          }
        } else if (running.length > 0) {
          const [call] = running.splice(s.which % running.length, 1);
          call?.report(s.verdict);
          if (call?.madeIn !== state) {
            continue;
          }
          if (state.name === 'half-open') {
            state.trying = false;
          }
          if (s.verdict === 'success') {
            state =
              state.name === 'closed' ? Object.assign(state, { streak: 0 }) : { name: 'closed', streak: 0 };
          } else if (s.verdict === 'failure') {
            if (state.name === 'closed' && ++state.streak < few.failures) {
              continue;
            }
            opened++;
            state = { name: 'open', until: clock.now + few.openMs };
          }
        }
      }
    }),
  );
  // The sequences drawn did reach the states in question.
  expect(opened).toBeGreaterThan(20);
  expect(probed).toBeGreaterThan(20);
});
