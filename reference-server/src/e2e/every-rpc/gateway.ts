import { type GatewayService, HealthStatus } from '@traffic-tacos/contracts/gateway/v1';
import { expect } from 'vitest';
import { paymentMethods, reservationMethods } from './booking-cases.ts';
import type { CasesOf } from './case.ts';
import { listSeats } from './list-seats.ts';
import { quietEvent, someText, someTime } from './steps.ts';

export const gatewayCases: CasesOf<typeof GatewayService> = {
  ...reservationMethods,
  ...paymentMethods,
  listSeats,
  healthCheck: {
    good: async ({ anonymous }) => ({
      by: anonymous,
      request: { service: 'worker' },
      answers: [
        {
          status: HealthStatus.HEALTHY,
          services: { worker: { status: HealthStatus.HEALTHY, version: someText, lastCheck: someTime } },
          timestamp: someTime,
        },
      ],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { service: 'kitchen' },
      refused: { code: 'NOT_FOUND', details: ['service SERVICE_NOT_FOUND'] },
    }),
  },
  validateToken: {
    good: async ({ anonymous, admin }) => ({
      by: anonymous,
      request: { token: admin.token },
      answers: [{ valid: true, user: { userId: admin.id, roles: ['admin'] }, expiresAt: someTime }],
      afterwards: async () => {
        expect((await anonymous.gateway.validateToken({ token: `${admin.token}x` })).valid).toBe(false);
      },
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: {},
      refused: { code: 'INVALID_ARGUMENT', details: ['token STRING_MIN_LEN'] },
    }),
  },
  getEventAvailability: {
    good: async (world) => {
      const eventId = await quietEvent(world);
      return {
        by: world.anonymous,
        request: { eventId, section: 'floor', quantity: 2 },
        answers: [
          {
            event: { id: eventId, totalSeats: 3, remainingSeats: 2 },
            sections: [{ sectionId: 'floor', totalSeats: 3, availableSeats: 2, reservedSeats: 1 }],
            totalAvailable: 2,
          },
        ],
      };
    },
    bad: async ({ anonymous, eventId }) => ({
      by: anonymous,
      request: { eventId, section: 'balcony' },
      refused: { code: 'NOT_FOUND', details: ['section SECTION_NOT_FOUND'] },
    }),
  },
};
