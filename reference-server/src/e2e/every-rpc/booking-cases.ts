import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import type { BadCall, Worlds } from './case.ts';
import { admitted, bought, held, intended, key, paid, seatPrice, someText, someTime } from './steps.ts';

/** What both the gateway and the service behind it answer to a call about a reservation that is not there. */
async function unknownReservation(
  world: Worlds,
  request: object,
): Promise<BadCall & { readonly request: object }> {
  return {
    by: await world.buyer(),
    request: { reservationId: 'rsv_none', ...request },
    refused: { code: 'NOT_FOUND', details: ['reservation_id RESERVATION_NOT_FOUND'] },
  };
}

/** The same for a payment. */
async function unknownPayment(
  world: Worlds,
  request: object,
): Promise<BadCall & { readonly request: object }> {
  return {
    by: await world.buyer(),
    request: { paymentIntentId: 'pi_none', ...request },
    refused: { code: 'NOT_FOUND', details: ['payment_intent_id PAYMENT_NOT_FOUND'] },
  };
}

/** Methods that the gateway and the reservation service have in common. */
export const reservationMethods = {
  createReservation: {
    good: async (world: Worlds) => {
      const buyer = await world.buyer();
      const seatId = world.freeSeat();
      const reservationToken = await admitted(world, buyer);
      return {
        by: buyer,
        request: {
          eventId: world.eventId,
          seatIds: [seatId],
          quantity: 1,
          totalAmount: seatPrice,
          reservationToken,
          ...key(),
        },
        answers: [
          {
            reservationId: someText,
            status: ReservationStatus.HOLD,
            holdExpiresAt: someTime,
            reservedSeats: [{ id: seatId, section: 'floor', status: SeatStatus.RESERVED, price: seatPrice }],
            totalAmount: seatPrice,
          },
        ] as const,
      };
    },
    bad: async (world: Worlds) => {
      const { seatId } = await held(world);
      const buyer = await world.buyer();
      const reservationToken = await admitted(world, buyer);
      return {
        by: buyer,
        request: { eventId: world.eventId, seatIds: [seatId], reservationToken, ...key() },
        refused: { code: 'INVENTORY_CONFLICT', details: ['seat_ids SEAT_UNAVAILABLE'] },
      };
    },
  },
  getReservation: {
    good: async (world: Worlds) => {
      const { buyer, reservationId, seatId } = await held(world);
      return {
        by: buyer,
        request: { reservationId },
        answers: [
          {
            reservation: {
              reservationId,
              eventId: world.eventId,
              userId: buyer.id,
              status: ReservationStatus.HOLD,
              seatIds: [seatId],
              quantity: 1,
              totalAmount: seatPrice,
              holdExpiresAt: someTime,
              createdAt: someTime,
            },
          },
        ] as const,
      };
    },
    bad: (world: Worlds) => unknownReservation(world, {}),
  },
  listReservations: {
    good: async (world: Worlds) => {
      const { buyer, reservationId } = await held(world);
      return {
        by: buyer,
        request: { status: ReservationStatus.HOLD, eventId: world.eventId },
        answers: [
          { reservations: [{ reservationId, userId: buyer.id }], pageInfo: { hasNextPage: false } },
        ] as const,
      };
    },
    bad: async (world: Worlds) => ({
      by: await world.buyer(),
      request: { pagination: { pageSize: 101 } },
      refused: { code: 'INVALID_ARGUMENT', details: ['pagination.page_size INT32_GTE_LTE'] },
    }),
  },
  confirmReservation: {
    good: async (world: Worlds) => {
      const { buyer, reservationId, paymentIntentId, seatId } = await paid(world);
      return {
        by: buyer,
        request: { reservationId, paymentIntentId, ...key() },
        answers: [
          {
            orderId: someText,
            status: ReservationStatus.CONFIRMED,
            confirmedAt: someTime,
            confirmedSeats: [{ id: seatId, status: SeatStatus.SOLD }],
          },
        ] as const,
      };
    },
    bad: async (world: Worlds) => {
      const { buyer, reservationId, paymentIntentId } = await intended(world);
      return {
        by: buyer,
        request: { reservationId, paymentIntentId, ...key() },
        refused: { code: 'PAYMENT_NOT_APPROVED', details: ['payment_intent_id PAYMENT_PENDING'] },
      };
    },
  },
  cancelReservation: {
    good: async (world: Worlds) => {
      const { buyer, reservationId, seatId } = await held(world);
      return {
        by: buyer,
        request: { reservationId, reason: 'a change of plan', ...key() },
        answers: [
          {
            status: ReservationStatus.CANCELLED,
            cancelledAt: someTime,
            releasedSeats: [{ id: seatId, status: SeatStatus.AVAILABLE }],
          },
        ] as const,
      };
    },
    bad: async (world: Worlds) => {
      const { buyer, reservationId } = await bought(world);
      return {
        by: buyer,
        request: { reservationId, ...key() },
        refused: {
          code: 'FAILED_PRECONDITION',
          details: ['reservation_id RESERVATION_ALREADY_CONFIRMED'],
        },
      };
    },
  },
};

/** Methods that the gateway and the payment service have in common. */
export const paymentMethods = {
  createPaymentIntent: {
    good: async (world: Worlds) => {
      const { buyer, reservationId } = await held(world);
      return {
        by: buyer,
        request: { reservationId, amount: seatPrice, ...key() },
        answers: [
          {
            paymentIntentId: someText,
            status: PaymentStatus.PENDING,
            clientSecret: someText,
            expiresAt: someTime,
          },
        ] as const,
      };
    },
    bad: (world: Worlds) => unknownReservation(world, key()),
  },
  processPayment: {
    good: async (world: Worlds) => {
      const { buyer, paymentIntentId } = await intended(world);
      return {
        by: buyer,
        request: { paymentIntentId, ...key() },
        answers: [
          {
            paymentId: someText,
            status: PaymentStatus.COMPLETED,
            transactionId: someText,
            processedAt: someTime,
            result: { success: true, gatewayResponse: 'APPROVED' },
          },
        ] as const,
      };
    },
    bad: (world: Worlds) => unknownPayment(world, key()),
  },
  getPaymentStatus: {
    good: async (world: Worlds) => {
      const { buyer, reservationId, paymentIntentId } = await intended(world);
      return {
        by: buyer,
        request: { paymentIntentId },
        answers: [
          {
            payment: {
              paymentIntentId,
              reservationId,
              userId: buyer.id,
              status: PaymentStatus.PENDING,
              amount: seatPrice,
              createdAt: someTime,
            },
          },
        ] as const,
      };
    },
    bad: (world: Worlds) => unknownPayment(world, {}),
  },
};
