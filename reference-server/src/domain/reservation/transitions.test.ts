import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Reservation, stateAt } from './reservation.ts';
import { cancel, confirm, confirmable, expire, extend, type Transition } from './transitions.ts';

const START = 1_000_000;
const HOLD_MS = 60_000;
const MAX_EXTENSION = 300;

const held: Reservation = {
  id: 'rsv_1',
  eventId: 'event_123',
  userId: 'user_456',
  state: 'HOLD',
  seats: [{ id: 'A1', section: 'main', row: 'A', number: '1', price: 50_000 }],
  total: 50_000,
  currency: 'KRW',
  createdAt: START,
  updatedAt: START,
  holdExpiresAt: START + HOLD_MS,
  extendedSeconds: 0,
  eventSequence: 1,
};

const order = { orderId: 'ord_1', paymentIntentId: 'pi_1', confirmedAt: START };

const step = fc.oneof(
  fc.record({
    do: fc.constantFrom('confirm' as const, 'cancel' as const, 'expire' as const),
    after: fc.nat(40_000),
  }),
  fc.record({
    do: fc.constant('extend' as const),
    seconds: fc.integer({ min: 1, max: 200 }),
    after: fc.nat(40_000),
  }),
);

test('whatever is asked in whatever order, a reservation ends once and its facts hold', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let reservation = held;
      let now = START;
      for (const asked of steps) {
        now += asked.after;
        const before = reservation;
        const state = stateAt(before, now);
        const result: Transition =
          asked.do === 'extend'
            ? extend(before, asked.seconds, MAX_EXTENSION, now)
            : asked.do === 'confirm'
              ? confirm(before, { ...order, confirmedAt: now }, now)
              : asked.do === 'cancel'
                ? cancel(before, now)
                : expire(before, now);
        if (!result.ok) {
          continue;
        }
        reservation = result.reservation;
        expect(reservation.eventSequence).toBe(before.eventSequence + (result.changed ? 1 : 0));
        if (!result.changed) {
          expect(reservation).toBe(before);
          continue;
        }
        // A final state is left only by an expiry that the inventory has overruled.
        expect(
          before.state === 'HOLD' || (before.state === 'EXPIRED' && reservation.state === 'CONFIRMED'),
        ).toBe(true);
        expect(reservation.state === 'EXPIRED').toBe(asked.do === 'expire');
        expect(reservation.state === 'CANCELLED').toBe(asked.do === 'cancel');
        if (asked.do === 'cancel' || asked.do === 'extend') {
          expect(state).toBe('HOLD');
        }
        if (asked.do === 'expire') {
          expect(before.holdExpiresAt).toBeLessThanOrEqual(now);
        }
        expect(reservation.extendedSeconds).toBeLessThanOrEqual(MAX_EXTENSION);
        expect(reservation.holdExpiresAt).toBe(START + HOLD_MS + reservation.extendedSeconds * 1000);
        expect(reservation.total).toBe(held.total);
      }
    }),
  );
});

test('a hold reads as expired from the moment of its expiry, written down or not', () => {
  expect(stateAt(held, held.holdExpiresAt - 1)).toBe('HOLD');
  expect(stateAt(held, held.holdExpiresAt)).toBe('EXPIRED');
  expect(expire(held, held.holdExpiresAt - 1)).toMatchObject({ ok: true, changed: false });
});

test('confirming again with the same payment changes nothing, with another one is refused', () => {
  const first = confirm(held, order, START + 1);
  expect(first).toMatchObject({
    ok: true,
    changed: true,
    reservation: { state: 'CONFIRMED', orderId: 'ord_1' },
  });
  const { reservation } = first as Extract<Transition, { ok: true }>;
  expect(confirm(reservation, order, START + 2)).toMatchObject({ ok: true, changed: false });
  expect(confirm(reservation, { ...order, paymentIntentId: 'pi_2' }, START + 2)).toEqual({
    ok: false,
    refusal: 'ALREADY_CONFIRMED',
  });
  expect(confirmable(reservation, 'pi_2')).toEqual({ ok: false, refusal: 'ALREADY_CONFIRMED' });
});

test('what is confirmed can neither be cancelled nor expire', () => {
  const { reservation } = confirm(held, order, START) as Extract<Transition, { ok: true }>;
  expect(cancel(reservation, START)).toEqual({ ok: false, refusal: 'CANNOT_CANCEL' });
  expect(expire(reservation, held.holdExpiresAt + 1)).toMatchObject({ ok: true, changed: false });
});

test('an extension is cut to what is left of the total', () => {
  const first = extend(held, 250, MAX_EXTENSION, START) as Extract<Transition, { ok: true }>;
  const second = extend(first.reservation, 250, MAX_EXTENSION, START) as Extract<Transition, { ok: true }>;
  expect(second.reservation.extendedSeconds).toBe(MAX_EXTENSION);
  expect(extend(second.reservation, 1, MAX_EXTENSION, START)).toEqual({
    ok: false,
    refusal: 'EXTENSION_USED_UP',
  });
});
