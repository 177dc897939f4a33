import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEAST_SHARE, type SlowDown, slowDown } from './index.ts';
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

test('slow calls in fewer than three of five seconds slow nothing down, however many there are', () => {
  const second = fc
    .tuple(fc.integer({ min: 1, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([calls, part]) => ({ calls, slow: Math.ceil(calls * part) }));
  fc.assert(
    fc.property(fc.array(second, { maxLength: 60 }), fc.nat(4), fc.nat(4), (seconds, one, other) => {
      const spared = seconds.map(({ calls, slow }, at) => ({
        calls,
        slow: at % 5 === one || at % 5 === other ? slow : 0,
      }));
      expect(sharesOf(spared).every((share) => share === 1)).toBe(true);
    }),
  );
  expect(sharesOf([{ calls: 1, slow: 1 }]), 'the only call there was').toEqual([1]);
  expect(
    sharesOf([
      { calls: 40, slow: 40 },
      { calls: 40, slow: 40 },
      { calls: 40, slow: 0 },
    ]),
    'a start that takes its time',
  ).toEqual([1, 1, 1]);
});

test('services that stay slow get fewer buyers each second, and never none', () => {
  const shares = sharesOf(Array.from({ length: 20 }, () => ({ calls: 100, slow: 50 })));
  expect(shares.slice(0, 5).map((share) => share.toFixed(3))).toEqual([
    '1.000',
    '1.000',
    '0.700',
    '0.490',
    '0.343',
  ]);
  expect(shares.at(-1)).toBe(LEAST_SHARE);
  const every = (second: { calls: number; slow: number }) =>
    sharesOf(Array.from({ length: 5 }, () => second));
  expect(every({ calls: 1, slow: 1 }).at(-1), 'nothing but slow calls').toBeCloseTo(0.343);
  expect(every({ calls: 4, slow: 1 }).at(-1), 'enough in five seconds').toBeCloseTo(0.7);
  expect(every({ calls: 3, slow: 1 }).at(-1), 'too few to tell').toBe(1);
});

test('whatever has happened, full speed comes back within 40 s of well-being, and no second is half the one before', () => {
  const second = fc
    .tuple(fc.nat(100), fc.nat(100))
    .map(([calls, slow]) => ({ calls, slow: Math.min(calls, slow) }));
  const well = fc.constantFrom({ calls: 100, slow: 0 }, { calls: 100, slow: 5 }, { calls: 0, slow: 0 });
  fc.assert(
    fc.property(fc.array(second, { maxLength: 60 }), well, (seconds, quiet) => {
      const shares = [1, ...sharesOf([...seconds, ...Array.from({ length: 40 }, () => quiet)])];
      shares.forEach((share, at) => {
        const before = shares[at - 1] ?? 1;
        expect(share).toBeGreaterThanOrEqual(Math.max(LEAST_SHARE, before * 0.699));
        expect(share).toBeLessThanOrEqual(Math.min(1, before + 0.031));
      });
      // From the first second on in which the services are well it only goes up.
      const back = shares.slice(seconds.length);
      expect(back.every((share, at) => at === 0 || share >= (back[at - 1] as number))).toBe(true);
      expect(shares.at(-1)).toBe(1);
    }),
  );
});

test('how often somebody asks makes no difference', () => {
  const trouble = (control: SlowDown): void => {
    for (let now = 500; now < 10_000; now += 1_000) {
      control.called(true, now);
    }
  };
  const [asked, left] = [slowDown(0), slowDown(0)];
  trouble(asked);
  trouble(left);
  for (let now = 10_000; now < 20_000; now += 100) {
    asked.shareAt(now);
  }
  expect(left.shareAt(20_000)).toBeCloseTo(asked.shareAt(20_000));
  expect(left.shareAt(20_000)).toBeLessThan(1);
  expect(left.shareAt(60_000)).toBe(1);
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
