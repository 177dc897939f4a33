import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { refuse } from '@traffic-tacos/server';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { pressureOf } from './pressure.ts';

const context = {} as HandlerContext;
const HOUR_MS = 3_600_000;

/** A service that does what it is told, its pressure, and the time. */
function watched(slowMs: number) {
  let now = 0;
  const registry = new Registry();
  const pressure = pressureOf({ slowMs, clock: () => now, registry });
  let answer: () => Promise<object> = async () => ({});
  const pass = (ms: number): void => {
    now += ms;
  };
  const service = pressure.watched<typeof PaymentService>({
    getPaymentStatus: (() => answer()) as unknown as ServiceImpl<typeof PaymentService>['getPaymentStatus'],
  });
  const call = async (next: () => Promise<object>) => {
    answer = next;
    return await service.getPaymentStatus?.({} as never, context);
  };
  return { call, pressure, registry, pass };
}

const broken = async () => {
  throw new Error('the disk is gone');
};

test('a service that cannot work slows admission down, and answers and fails as before', async () => {
  const { call, pressure, registry, pass } = watched(HOUR_MS);
  const answer = { status: 1 };
  expect(await call(async () => answer)).toBe(answer);
  pass(1_000);
  expect(pressure.share()).toBe(1);
  pass(5_000);
  for (const share of [1, 1, 0.7, 0.49]) {
    await expect(call(broken)).rejects.toThrow('the disk is gone');
    pass(1_000);
    expect(pressure.share()).toBeCloseTo(share);
  }
  expect(await registry.metrics()).toMatch(/^queue_admission_share 0\.4/m);
});

test('a call that takes longer than the limit is slow', async () => {
  const { call, pressure, pass } = watched(Number.MIN_VALUE);
  for (const share of [1, 1, 0.7]) {
    await call(() => new Promise((resolve) => setImmediate(() => resolve({}))));
    pass(1_000);
    expect(pressure.share()).toBeCloseTo(share);
  }
});

test('a refusal is no trouble, and with a limit of 0 nothing is', async () => {
  const { call, pressure, pass } = watched(HOUR_MS);
  const refused = () => Promise.reject(refuse('NOT_FOUND', 'no such payment'));
  const off = watched(0);
  for (let second = 0; second < 5; second++) {
    await expect(call(refused)).rejects.toThrow('no such payment');
    await expect(off.call(broken)).rejects.toThrow();
    pass(1_000);
    off.pass(1_000);
  }
  expect(pressure.share()).toBe(1);
  expect(off.pressure.share()).toBe(1);
});
