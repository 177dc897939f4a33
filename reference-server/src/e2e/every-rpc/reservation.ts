import type { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';
import { reservationMethods } from './booking-cases.ts';
import type { CasesOf, Contained, Worlds } from './case.ts';
import { held, key, someText, someTime } from './steps.ts';

const { createReservation, confirmReservation, cancelReservation } = reservationMethods;

/** A call whose answer says more than the gateway's. */
const saying =
  <C extends { readonly answers: readonly [Contained] }>(
    good: (world: Worlds) => Promise<C>,
    more: (call: C) => Contained,
  ) =>
  async (world: Worlds) => {
    const call = await good(world);
    const { answers, ...rest } = call;
    const said: readonly [Contained] = [{ ...answers[0], ...more(call) }];
    return { ...rest, answers: said };
  };

export const reservationCases: CasesOf<typeof ReservationService> = {
  ...reservationMethods,
  createReservation: {
    ...createReservation,
    good: saying(createReservation.good, ({ request }) => ({
      message: expect.stringContaining(request.seatIds[0] ?? ''),
    })),
  },
  confirmReservation: {
    ...confirmReservation,
    good: saying(confirmReservation.good, ({ request }) => ({
      reservationId: request.reservationId,
      message: someText,
    })),
  },
  cancelReservation: {
    ...cancelReservation,
    good: saying(cancelReservation.good, ({ request }) => ({
      reservationId: request.reservationId,
      message: someText,
    })),
  },
  extendHold: {
    good: async (world) => {
      const { buyer, reservationId } = await held(world);
      const read = async () => (await buyer.reservations.getReservation({ reservationId })).reservation;
      const before = await read();
      return {
        by: buyer,
        request: { reservationId, extensionSeconds: 30, reason: 'the card is upstairs', ...key() },
        answers: [{ extensionAllowed: true, extendedSeconds: 30, newExpiresAt: someTime }],
        afterwards: async ({ newExpiresAt }) => {
          expect((await read())?.holdExpiresAt).toEqual(newExpiresAt);
          expect(newExpiresAt?.seconds).toBe((before?.holdExpiresAt?.seconds ?? 0n) + 30n);
        },
      };
    },
    bad: async (world) => {
      const { buyer, reservationId } = await held(world);
      return {
        by: buyer,
        request: { reservationId, extensionSeconds: 0, ...key() },
        refused: { code: 'INVALID_ARGUMENT', details: ['extension_seconds INT32_GTE_LTE'] },
      };
    },
  },
};
