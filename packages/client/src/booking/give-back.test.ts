import { Code, ConnectError } from '@connectrpc/connect';
import { PaymentScenario } from '@traffic-tacos/contracts/payment/v1';
import { describe, expect, test } from 'vitest';
import type { Asked } from '../testdata/asked.ts';
import { openBoxOffice, untouched } from '../testdata/box-office.ts';
import { collect, errorOf } from '../testdata/collect.ts';

const soldAll = { inLine: 0, held: [], sold: ['A1', 'A2'] };
const delayed = { eventId: 'e', quantity: 2, payment: { scenario: PaymentScenario.DELAY } };

describe.each(['joined', 'waiting', 'admitted', 'reserved', 'paying'])('at the step %s', (type) => {
  test('an abort gives everything back and is the error', async () => {
    const office = await openBoxOffice({ ahead: 2 });
    const stop = new AbortController();
    const why = new Error('changed my mind');
    const { error, types } = await collect(office.tacos.book({ ...delayed, signal: stop.signal }), (step) => {
      if (step.type === type) {
        stop.abort(why);
      }
    });
    expect(types.at(-1)).toBe(type);
    expect(error).toMatchObject({ name: 'TacosError', code: 'CANCELLED', status: Code.Canceled, cause: why });
    expect(office.state()).toEqual(untouched);
  });

  test('an abort gives everything back although nobody asks for the next step', async () => {
    const office = await openBoxOffice({ ahead: 2 });
    const stop = new AbortController();
    const steps = office.tacos.book({ ...delayed, signal: stop.signal })[Symbol.asyncIterator]();
    for (let step = await steps.next(); !step.done && step.value.type !== type; step = await steps.next()) {}
    const givenBack = new Promise<void>((resolve) => {
      office.after.leaveQueue = () => resolve();
      office.after.cancelReservation = () => resolve();
    });
    stop.abort();
    await givenBack;
    expect(office.state()).toEqual(untouched);
    expect(await errorOf(Promise.resolve(steps.next()))).toMatchObject({ code: 'CANCELLED' });
    expect(await steps.next()).toEqual({ done: true, value: undefined });
  });

  test('leaving the loop gives everything back', async () => {
    const office = await openBoxOffice({ ahead: 2 });
    for await (const step of office.tacos.book(delayed)) {
      if (step.type === type) {
        break;
      }
    }
    expect(office.state()).toEqual(untouched);
  });

  test('an error in the loop gives everything back and stays the error', async () => {
    const office = await openBoxOffice({ ahead: 2 });
    const own = new Error('the page broke');
    const { error } = await collect(office.tacos.book(delayed), (step) => {
      if (step.type === type) {
        throw own;
      }
    });
    expect(error).toBe(own);
    expect(office.state()).toEqual(untouched);
  });
});

describe.each(['before', 'after'] as const)('an abort %s the effect of', (moment) => {
  test.each<Asked>([
    'joinQueue',
    'getQueueStatus',
    'requestAdmission',
    'createReservation',
    'createPaymentIntent',
    'processPayment',
    'getPaymentStatus',
  ])('%s gives everything back', async (name) => {
    // The payment must not be done by the first question about it.
    const office = await openBoxOffice({ ahead: 2, pollsToPay: 5 });
    const stop = new AbortController();
    office[moment][name] = () => stop.abort();
    const { error } = await collect(office.tacos.book({ ...delayed, signal: stop.signal }));
    expect(error).toMatchObject({ code: 'CANCELLED' });
    expect(office.state()).toEqual(untouched);
    const effects = office.calls.filter((call) => call === name && name !== 'getQueueStatus');
    expect(effects.length).toBeLessThanOrEqual(1);
  });
});

describe('what is paid stays', () => {
  const request = { eventId: 'e', quantity: 2 };

  test.each(['before', 'after'] as const)('an abort %s the payment goes through', async (moment) => {
    const office = await openBoxOffice();
    const stop = new AbortController();
    office[moment].processPayment = () => stop.abort();
    const { error, types } = await collect(office.tacos.book({ ...request, signal: stop.signal }));
    expect(error).toBeUndefined();
    expect(types.slice(-2)).toEqual(['paid', 'confirmed']);
    expect(office.state()).toEqual(soldAll);
  });

  test('an abort at the step paid, or while it is confirmed', async () => {
    const office = await openBoxOffice();
    const stop = new AbortController();
    const { error, types } = await collect(office.tacos.book({ ...request, signal: stop.signal }), (step) => {
      if (step.type === 'paid') {
        stop.abort();
      }
    });
    expect(error).toBeUndefined();
    expect(types.at(-1)).toBe('confirmed');
    expect(office.calls).not.toContain('cancelReservation');
    expect(office.state()).toEqual(soldAll);
  });

  test.each(['paid', 'confirmed'])('leaving the loop at the step %s', async (type) => {
    const office = await openBoxOffice();
    for await (const step of office.tacos.book(request)) {
      if (step.type === type) {
        break;
      }
    }
    expect(office.calls).not.toContain('cancelReservation');
    expect(office.state()).toEqual(soldAll);
  });

  test('an abort that crosses with a payment going through', async () => {
    const office = await openBoxOffice({ pollsToPay: 1 });
    const stop = new AbortController();
    // The answer that it is done never arrives: the refusal to cancel tells.
    office.after.getPaymentStatus = () => {
      stop.abort();
      throw new ConnectError('', Code.Unavailable);
    };
    const { error, types } = await collect(office.tacos.book({ ...delayed, signal: stop.signal }));
    expect(error).toBeUndefined();
    expect(types.slice(-2)).toEqual(['paying', 'confirmed']);
    expect(office.state()).toEqual(soldAll);
  });
});

test('a signal aborted beforehand asks for nothing', async () => {
  const office = await openBoxOffice();
  const { error, types } = await collect(office.tacos.book({ ...delayed, signal: AbortSignal.abort() }));
  expect(error).toMatchObject({ code: 'CANCELLED' });
  expect(types).toEqual([]);
  expect(office.calls).toEqual([]);
});

test('a reservation of which nobody knows whether it was made is found out and given back', async () => {
  const office = await openBoxOffice();
  office.after.createReservation = (nth) => {
    if (nth === 1) {
      // Not a failure that is retried, so the booking ends in doubt.
      throw new ConnectError('broken', Code.Internal);
    }
  };
  const { error } = await collect(office.tacos.book({ eventId: 'e', quantity: 2 }));
  expect(error).toMatchObject({ code: 'INTERNAL' });
  expect(office.calls.slice(-3)).toEqual(['createReservation', 'createReservation', 'cancelReservation']);
  const keys = office.keys.filter(({ name }) => name === 'createReservation').map(({ key }) => key);
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(office.state()).toEqual(untouched);
});

test('a give-back that fails does not hide why the booking ended', async () => {
  const office = await openBoxOffice();
  office.before.cancelReservation = () => {
    throw new ConnectError('broken', Code.Internal);
  };
  const { error } = await collect(
    office.tacos.book({ eventId: 'e', quantity: 2, payment: { scenario: PaymentScenario.FAIL } }),
  );
  expect(error).toMatchObject({ code: 'PAYMENT_NOT_APPROVED' });
  expect(office.calls.filter((call) => call === 'cancelReservation')).toHaveLength(1);
});
