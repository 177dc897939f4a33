import type { MethodCase } from './case.ts';

/** grpc.health.v1.HealthCheckResponse.ServingStatus */
const SERVING = 1;
const SERVICE_UNKNOWN = 3;

const SERVED = 'reservation.v1.ReservationService';

/** Cases of grpc.health.v1.Health, whose messages are known by the server's description alone. */
export const healthCases: Readonly<Record<string, MethodCase>> = {
  check: {
    good: async ({ anonymous }) => ({
      by: anonymous,
      request: { service: SERVED },
      answers: [{ status: SERVING }],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { service: 'reservation.v1.Nothing' },
      refused: { code: 'NOT_FOUND', details: [] },
    }),
  },
  list: {
    good: async ({ anonymous }) => ({
      by: anonymous,
      request: {},
      answers: [{ statuses: { '': { status: SERVING }, [SERVED]: { status: SERVING } } }],
    }),
  },
  watch: {
    good: async ({ anonymous }) => ({
      by: anonymous,
      request: { service: SERVED },
      answers: [{ status: SERVING }],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { service: 'reservation.v1.Nothing' },
      refused: { answer: { status: SERVICE_UNKNOWN } },
    }),
  },
};
