import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { type PaymentService, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';
import { eventually } from '../booking.ts';
import { startReceiver } from '../receiver.ts';
import { paymentMethods } from './booking-cases.ts';
import type { CasesOf } from './case.ts';
import { bought, intended, key, seatPrice, someText, someTime } from './steps.ts';

export const paymentCases: CasesOf<typeof PaymentService> = {
  ...paymentMethods,
  cancelPayment: {
    good: async (world) => {
      const { buyer, reservationId, paymentIntentId, seatId } = await bought(world);
      const { eventId, anonymous } = world;
      return {
        by: buyer,
        request: { paymentIntentId, reason: 'a change of plan', ...key() },
        answers: [
          {
            status: PaymentStatus.REFUNDED,
            cancelledAt: someTime,
            refundedAmount: seatPrice,
            refundId: someText,
          },
        ],
        afterwards: () =>
          eventually(async () => {
            const { reservation } = await buyer.reservations.getReservation({ reservationId });
            expect(reservation?.status).toBe(ReservationStatus.REFUNDED);
            const { availableSeats } = await anonymous.inventory.checkAvailability({
              eventId,
              seatIds: [seatId],
            });
            expect(availableSeats).toMatchObject([{ id: seatId, status: SeatStatus.AVAILABLE }]);
          }),
      };
    },
    bad: async (world) => {
      const { buyer, paymentIntentId } = await bought(world);
      return {
        by: buyer,
        request: { paymentIntentId, refundAmount: { amount: 50_001n, currency: 'KRW' }, ...key() },
        refused: {
          code: 'FAILED_PRECONDITION',
          details: ['refund_amount MORE_THAN_LEFT', 'refund_amount AMOUNT_LEFT'],
        },
      };
    },
  },
  listPayments: {
    good: async (world) => {
      const { buyer, reservationId, paymentIntentId } = await intended(world);
      return {
        by: buyer,
        request: { reservationId, status: PaymentStatus.PENDING },
        answers: [
          {
            payments: [{ paymentIntentId, reservationId, userId: buyer.id, amount: seatPrice }],
            pageInfo: { hasNextPage: false },
          },
        ],
      };
    },
    bad: async (world) => ({
      by: await world.buyer(),
      request: { userId: 'somebody-else' },
      refused: { code: 'FORBIDDEN', details: ['user_id NOT_THE_CALLER'] },
    }),
  },
  simulateWebhook: {
    good: async (world) => {
      const receiver = await startReceiver();
      const { paymentIntentId } = await intended(world, receiver.url);
      return {
        by: world.service,
        request: { paymentIntentId, targetStatus: PaymentStatus.CANCELLED, ...key() },
        answers: [{ webhookSent: true, webhookId: someText, scheduledAt: someTime }],
        afterwards: ({ webhookId }) =>
          eventually(async () => {
            expect(receiver.requests.map(({ headers }) => headers['webhook-id'])).toEqual([webhookId]);
          }),
      };
    },
    bad: async (world) => {
      const { paymentIntentId } = await bought(world);
      return {
        by: world.service,
        request: { paymentIntentId, targetStatus: PaymentStatus.FAILED, ...key() },
        refused: { code: 'FAILED_PRECONDITION', details: ['target_status PAYMENT_COMPLETED'] },
      };
    },
  },
};
