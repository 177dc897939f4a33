import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEAST_SHARE, slowDown } from './index.ts';
import { pace } from './pace.ts';

/** Shares after each second, with so many calls in it, so many of them slow. */
function sharesOf(seconds: readonly { readonly calls: number; readonly slow: number }[]): number[] {
  const control = slowDown(0);
  return seconds.map(({ calls, slow }, second) => {
    for (let each = 0; each < calls; each++) {
      control.called(each < slow, second * 1_000 + 500);
    }
    return control.shareAt((second + 1) * 1_000);
  });
}

test('services that keep up within 5 % of their calls are let work at full speed', () => {
  const second = fc
    .integer({ min: 20, max: 500 })
    .map((calls) => ({ calls, slow: Math.floor(calls * 0.05) }));
  fc.assert(
    fc.property(fc.array(second, { maxLength: 60 }), (seconds) => {
      expect(sharesOf(seconds).every((share) => share === 1)).toBe(true);
    }),
  );
});

test('services that are slow get fewer buyers each second, and never none', () => {
  const shares = sharesOf(Array.from({ length: 20 }, () => ({ calls: 100, slow: 50 })));
  expect(shares.slice(0, 3).map((share) => share.toFixed(3))).toEqual(['0.700', '0.490', '0.343']);
  expect(shares.at(-1)).toBe(LEAST_SHARE);
  expect(sharesOf([{ calls: 1, slow: 1 }]), 'the only call there was').toEqual([0.7]);
  expect(sharesOf([{ calls: 10, slow: 1 }]), 'too few to tell').toEqual([1]);
});

test('when they have recovered, or nobody calls them any more, full speed comes back within 40 s', () => {
  const trouble = Array.from({ length: 20 }, () => ({ calls: 100, slow: 100 }));
  for (const quiet of [
    { calls: 100, slow: 0 },
    { calls: 0, slow: 0 },
  ]) {
    const shares = sharesOf([...trouble, ...Array.from({ length: 40 }, () => quiet)]);
    expect(shares.at(-1)).toBe(1);
    const back = shares.slice(20);
    expect(back.every((share, at) => at === 0 || share - (back[at - 1] as number) <= 0.031)).toBe(true);
  }
  const control = slowDown(0);
  control.called(true, 0);
  expect(control.shareAt(1_000)).toBeCloseTo(0.7);
  expect(control.shareAt(60_000), 'not asked meanwhile').toBe(1);
});

test('a line admits the share of its rate that is told, within 5 % over a minute, and its rate again after', () => {
  for (const share of [1, 0.5, LEAST_SHARE]) {
    const line = pace(0);
    const rules = { ratePerMinute: 6_000, maxActive: 1_000_000, paused: false };
    const admit = (from: number, to: number): number => {
      let count = 0;
      for (let now = from; now < to; now += 100) {
        line.pass(now, 1_000_000);
        for (let room = line.room(0, now); room > 0; room--) {
          line.admitted(1_000);
          count++;
        }
      }
      return count;
    };
    line.rule(rules, 0);
    admit(0, 10_000);
    line.rule({ ...rules, share }, 10_000);
    const slowed = admit(10_000, 70_000);
    expect(slowed).toBeGreaterThanOrEqual(6_000 * share * 0.95);
    expect(slowed).toBeLessThanOrEqual(6_000 * share * 1.05);
    line.rule(rules, 70_000);
    expect(admit(70_000, 130_000)).toBeGreaterThanOrEqual(6_000 * 0.95);
  }
});
