import {
  EventType,
  PaymentEventType,
  ReservationEventType,
  type WebSocketService,
} from '@traffic-tacos/contracts/gateway/v1';
import { PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';
import { read } from '../reader.ts';
import type { CasesOf } from './case.ts';
import { held, intended, joined, key, someText, someTime } from './steps.ts';

export const websocketCases: CasesOf<typeof WebSocketService> = {
  streamQueueUpdates: {
    good: async (world) => {
      const { anonymous, service, eventId } = world;
      const waitingToken = await joined(world, anonymous);
      const sessionId = crypto.randomUUID();
      return {
        by: anonymous,
        request: { waitingToken, eventId, sessionId },
        answers: [
          {
            type: EventType.QUEUE_UPDATE,
            queueUpdate: { waitingToken, admissionReady: true, expiresAt: someTime },
            timestamp: someTime,
            sequence: expect.any(BigInt),
          },
          { type: EventType.MESSAGE, systemUpdate: { message: 'Gate 3 is open' } },
        ],
        meanwhile: () =>
          service.updates.sendMessage({ targetSessionId: sessionId, content: 'Gate 3 is open', ...key() }),
      };
    },
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { waitingToken: 'not-issued-here' },
      refused: { code: 'NOT_FOUND', details: ['waiting_token WAITING_TOKEN_UNKNOWN'] },
    }),
  },
  streamReservationUpdates: {
    good: async (world) => {
      const { buyer, reservationId } = await held(world);
      return {
        by: buyer,
        request: { reservationIds: [reservationId] },
        answers: [
          {
            type: EventType.RESERVATION_UPDATE,
            reservationUpdate: {
              reservationId,
              newStatus: ReservationStatus.HOLD,
              holdExpiresAt: someTime,
              message: someText,
            },
            sequence: expect.any(BigInt),
          },
          {
            type: EventType.RESERVATION_UPDATE,
            reservationUpdate: {
              reservationId,
              oldStatus: ReservationStatus.HOLD,
              newStatus: ReservationStatus.CANCELLED,
              eventType: ReservationEventType.CANCELLED,
            },
            timestamp: someTime,
          },
        ],
        meanwhile: () => buyer.reservations.cancelReservation({ reservationId, ...key() }),
      };
    },
    bad: async (world) => {
      const { reservationId } = await held(world);
      return {
        by: await world.buyer(),
        request: { reservationIds: [reservationId] },
        refused: { code: 'NOT_FOUND', details: ['reservation_id RESERVATION_NOT_FOUND'] },
      };
    },
  },
  streamPaymentUpdates: {
    good: async (world) => {
      const { buyer, paymentIntentId } = await intended(world);
      return {
        by: buyer,
        request: { paymentIntentIds: [paymentIntentId] },
        answers: [
          {
            type: EventType.PAYMENT_UPDATE,
            paymentUpdate: { paymentIntentId, newStatus: PaymentStatus.PENDING },
            sequence: expect.any(BigInt),
          },
          {
            type: EventType.PAYMENT_UPDATE,
            paymentUpdate: {
              paymentIntentId,
              oldStatus: PaymentStatus.PENDING,
              newStatus: PaymentStatus.COMPLETED,
              eventType: PaymentEventType.COMPLETED,
              message: someText,
            },
            timestamp: someTime,
          },
        ],
        meanwhile: () => buyer.payments.processPayment({ paymentIntentId, ...key() }),
      };
    },
    bad: async (world) => ({
      by: await world.buyer(),
      request: { paymentIntentIds: ['no such id'] },
      refused: { code: 'INVALID_ARGUMENT', details: ['payment_intent_ids[0] STRING_PATTERN'] },
    }),
  },
  sendMessage: {
    good: async (world) => {
      const buyer = await world.buyer();
      const reader = read((signal) => buyer.updates.streamReservationUpdates({}, { signal }));
      await reader.next();
      return {
        by: world.service,
        request: { targetUserId: buyer.id, title: 'News', content: 'Gate 3 is open', ...key() },
        answers: [{ delivered: true, messageId: someText, sentAt: someTime }],
        afterwards: async () => {
          expect(await reader.next()).toMatchObject({
            type: EventType.MESSAGE,
            reservationUpdate: { message: 'News\nGate 3 is open' },
          });
        },
      };
    },
    bad: async ({ service }) => ({
      by: service,
      request: { content: 'to nobody', ...key() },
      refused: { code: 'INVALID_ARGUMENT', details: [' SEND_MESSAGE_TARGET'] },
    }),
  },
};
