import { AdmissionStatus, type QueueService, QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { expect } from 'vitest';
import type { CasesOf } from './case.ts';
import { joined, key, quietEvent, someText, someTime } from './steps.ts';

/** Well-formed, and of no server. */
const UNKNOWN_TOKEN = 'not-issued-here';

export const queueCases: CasesOf<typeof QueueService> = {
  joinQueue: {
    good: async ({ anonymous, eventId }) => ({
      by: anonymous,
      request: { eventId, ...key() },
      answers: [
        {
          waitingToken: someText,
          position: 1,
          positionHint: 1,
          status: QueueStatus.READY,
          expiresAt: someTime,
          nextPollMs: expect.any(Number),
        },
      ],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { eventId: 'nowhere', ...key() },
      refused: { code: 'NOT_FOUND', details: ['event_id EVENT_NOT_FOUND'] },
    }),
  },
  getQueueStatus: {
    good: async (world) => ({
      by: world.anonymous,
      request: { waitingToken: await joined(world, world.anonymous) },
      answers: [{ status: QueueStatus.READY, admissionReady: true, position: 0, expiresAt: someTime }],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { waitingToken: UNKNOWN_TOKEN },
      refused: { code: 'NOT_FOUND', details: ['waiting_token WAITING_TOKEN_UNKNOWN'] },
    }),
  },
  requestAdmission: {
    good: async (world) => {
      const buyer = await world.buyer();
      return {
        by: buyer,
        request: { waitingToken: await joined(world, buyer), eventId: world.eventId, ...key() },
        answers: [
          {
            admission: AdmissionStatus.GRANTED,
            reservationToken: someText,
            ttlSeconds: expect.any(Number),
            validUntil: someTime,
          },
        ],
      };
    },
    bad: async (world) => ({
      by: await world.buyer(),
      request: { waitingToken: await joined(world, await world.buyer()), ...key() },
      refused: { code: 'NOT_FOUND', details: ['waiting_token WAITING_TOKEN_UNKNOWN'] },
    }),
  },
  leaveQueue: {
    good: async (world) => {
      const { anonymous } = world;
      const waitingToken = await joined(world, anonymous);
      return {
        by: anonymous,
        request: { waitingToken, reason: 'a change of plan', ...key() },
        answers: [{ success: true, leftAt: someTime }],
        afterwards: async () => {
          expect((await anonymous.queue.getQueueStatus({ waitingToken })).status).toBe(QueueStatus.LEFT);
        },
      };
    },
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { ...key() },
      refused: { code: 'INVALID_ARGUMENT', details: ['waiting_token STRING_MIN_LEN'] },
    }),
  },
  getQueueStats: {
    good: async (world) => {
      const eventId = await quietEvent(world);
      await joined({ eventId }, world.anonymous);
      return {
        by: world.service,
        request: { eventId },
        answers: [
          {
            events: [{ eventId, totalWaiting: 0, totalAdmitted: 1, lastUpdated: someTime }],
            system: { totalActiveQueues: expect.any(Number), lastUpdated: someTime },
          },
        ],
      };
    },
    bad: async ({ service }) => ({
      by: service,
      request: { eventId: 'nowhere' },
      refused: { code: 'NOT_FOUND', details: ['event_id EVENT_NOT_FOUND'] },
    }),
  },
};
