import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  CommitStatus,
  HoldStatus,
  type InventoryService,
  ReleaseStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';
import type { CasesOf } from './case.ts';
import { listSeats } from './list-seats.ts';
import { heldByService, key, quietEvent, seatPrice, someText, someTime } from './steps.ts';

export const inventoryCases: CasesOf<typeof InventoryService> = {
  listSeats,
  checkAvailability: {
    good: async (world) => {
      const [free, taken] = [world.freeSeat(), (await heldByService(world)).seatIds[0] ?? ''];
      return {
        by: world.anonymous,
        request: { eventId: world.eventId, seatIds: [free, taken] },
        answers: [
          {
            available: false,
            availableSeats: [{ id: free, status: SeatStatus.AVAILABLE, price: seatPrice }],
            unavailableSeatIds: [taken],
          },
        ],
      };
    },
    bad: async ({ anonymous, eventId }) => ({
      by: anonymous,
      request: { eventId, seatIds: ['A1', 'Z99'] },
      refused: { code: 'NOT_FOUND', details: ['seat_ids[1] SEAT_NOT_FOUND'] },
    }),
  },
  reserveSeat: {
    good: async ({ service, eventId, freeSeat }) => {
      const seatIds = [freeSeat(), freeSeat()];
      return {
        by: service,
        request: { reservationId: 'rsv_walk', eventId, seatIds, userId: 'buyer-y', ...key() },
        answers: [
          {
            holdId: someText,
            status: HoldStatus.ACTIVE,
            holdExpiresAt: someTime,
            reservedSeats: seatIds.map((id) => ({ id, status: SeatStatus.RESERVED, price: seatPrice })),
          },
        ],
      };
    },
    bad: async (world) => {
      const { seatIds } = await heldByService(world);
      return {
        by: world.service,
        request: { reservationId: 'rsv_other', eventId: world.eventId, seatIds, userId: 'buyer-z', ...key() },
        refused: { code: 'INVENTORY_CONFLICT', details: ['seat_ids SEAT_UNAVAILABLE'] },
      };
    },
  },
  commitReservation: {
    good: async (world) => {
      const hold = await heldByService(world);
      return {
        by: world.service,
        request: { ...hold, paymentIntentId: 'pi_walk', ...key() },
        answers: [
          {
            orderId: someText,
            status: CommitStatus.SUCCESS,
            committedAt: someTime,
            soldSeats: [{ id: hold.seatIds[0], status: SeatStatus.SOLD }],
          },
        ],
      };
    },
    bad: async ({ still }) => {
      const { reservationId, eventId } = await heldByService(still);
      still.clock.advance(61_000);
      return {
        by: still.service,
        request: { reservationId, eventId, paymentIntentId: 'pi_walk', ...key() },
        refused: { code: 'RESERVATION_EXPIRED', details: [] },
      };
    },
  },
  releaseHold: {
    good: async (world) => {
      const { reservationId, eventId, seatIds } = await heldByService(world);
      return {
        by: world.service,
        request: { reservationId, eventId, reason: 'a test', ...key() },
        answers: [
          {
            status: ReleaseStatus.SUCCESS,
            releasedAt: someTime,
            releasedSeats: [{ id: seatIds[0], status: SeatStatus.AVAILABLE }],
          },
        ],
      };
    },
    bad: async ({ service, eventId }) => ({
      by: service,
      request: { reservationId: 'rsv_none', eventId, ...key() },
      refused: { code: 'NOT_FOUND', details: ['reservation_id HOLD_NOT_FOUND'] },
    }),
  },
  getInventoryStatus: {
    good: async (world) => {
      const eventId = await quietEvent(world);
      return {
        by: world.anonymous,
        request: { eventId },
        answers: [
          {
            event: { id: eventId, name: 'Show' },
            sections: [{ sectionId: 'floor', minPrice: seatPrice, maxPrice: seatPrice }],
            stats: {
              totalSeats: 3,
              availableSeats: 2,
              reservedSeats: 1,
              soldSeats: 0,
              lastUpdated: someTime,
            },
          },
        ],
      };
    },
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { eventId: 'nowhere' },
      refused: { code: 'NOT_FOUND', details: ['event_id EVENT_NOT_FOUND'] },
    }),
  },
  watchSeats: {
    good: async ({ still }) => {
      const { reservationId, eventId, seatIds } = await heldByService(still);
      const index = (Number(seatIds[0]?.slice(1)) || 0) - 1;
      return {
        by: still.anonymous,
        request: { eventId },
        answers: [
          {
            sequence: expect.any(BigInt),
            resumeToken: someText,
            payload: { case: 'snapshot', value: { firstIndex: 0, totalSeats: 500, last: true } },
          },
          {
            payload: {
              case: 'delta',
              value: { changes: [{ status: SeatStatus.AVAILABLE, indexes: [index] }] },
            },
          },
        ],
        meanwhile: () => still.service.inventory.releaseHold({ reservationId, eventId, ...key() }),
      };
    },
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { eventId: 'nowhere' },
      refused: { code: 'NOT_FOUND', details: ['event_id EVENT_NOT_FOUND'] },
    }),
  },
  returnSeats: {
    good: async (world) => {
      const { reservationId, eventId, seatIds } = await heldByService(world);
      const { inventory } = world.service;
      await inventory.commitReservation({ reservationId, eventId, paymentIntentId: 'pi_walk', ...key() });
      return {
        by: world.service,
        request: { reservationId, eventId, reason: 'refunded', ...key() },
        answers: [
          { returnedAt: someTime, returnedSeats: [{ id: seatIds[0], status: SeatStatus.AVAILABLE }] },
        ],
      };
    },
    bad: async (world) => {
      const { reservationId, eventId } = await heldByService(world);
      return {
        by: world.service,
        request: { reservationId, eventId, ...key() },
        refused: { code: 'FAILED_PRECONDITION', details: ['reservation_id SEATS_HELD'] },
      };
    },
  },
};
