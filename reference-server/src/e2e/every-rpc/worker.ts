import { SeatStatus } from '@traffic-tacos/contracts/common/v1';
import {
  CompensationActionType,
  CompensationType,
  JobInstanceStatus,
  PaymentResultType,
  ProcessingStatus,
  type WorkerService,
  WorkerStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { expect } from 'vitest';
import { eventually } from '../booking.ts';
import type { CasesOf } from './case.ts';
import { bought, held, intended, paid, someText, someTime } from './steps.ts';

/** The key of a call of the worker. */
const correlation = () => ({ correlationId: crypto.randomUUID() });

export const workerCases: CasesOf<typeof WorkerService> = {
  processReservationExpiry: {
    good: async ({ still }) => {
      const { reservationId, seatId } = await held(still);
      still.clock.advance(61_000);
      return {
        by: still.service,
        request: { reservationId, eventId: still.eventId, ...correlation() },
        answers: [
          {
            status: ProcessingStatus.SUCCESS,
            processedAt: someTime,
            releasedSeats: [{ id: seatId }],
          },
        ],
      };
    },
    bad: async ({ service }) => ({
      by: service,
      request: { reservationId: 'rsv_none', ...correlation() },
      refused: { code: 'NOT_FOUND', details: ['reservation_id RESERVATION_NOT_FOUND'] },
    }),
  },
  processPaymentResult: {
    good: async ({ still }) => {
      const { reservationId, paymentIntentId, seatId } = await paid(still);
      return {
        by: still.service,
        request: {
          reservationId,
          paymentIntentId,
          resultType: PaymentResultType.APPROVED,
          ...correlation(),
        },
        answers: [
          {
            status: ProcessingStatus.SUCCESS,
            orderId: someText,
            processedAt: someTime,
            affectedSeats: [{ id: seatId, status: SeatStatus.SOLD }],
          },
        ],
      };
    },
    bad: async (world) => {
      const { reservationId, paymentIntentId } = await intended(world);
      return {
        by: world.service,
        request: { reservationId, paymentIntentId, resultType: PaymentResultType.APPROVED, ...correlation() },
        refused: { code: 'PAYMENT_NOT_APPROVED', details: ['result_type PAYMENT_PENDING'] },
      };
    },
  },
  processCompensation: {
    good: async ({ still }) => {
      const { reservationId } = await held(still);
      return {
        by: still.service,
        request: {
          reservationId,
          compensationType: CompensationType.CANCEL_RESERVATION,
          originalOperation: 'payment.v1.PaymentService/ProcessPayment',
          failureReason: 'the payment service is gone',
          ...correlation(),
        },
        answers: [
          {
            status: ProcessingStatus.SUCCESS,
            processedAt: someTime,
            requiresManualIntervention: false,
            actionsTaken: [
              {
                actionType: CompensationActionType.RESERVATION_CANCEL,
                success: true,
                targetService: someText,
                executedAt: someTime,
              },
            ],
          },
        ],
      };
    },
    bad: async (world) => {
      const { reservationId } = await bought(world);
      return {
        by: world.service,
        request: {
          reservationId,
          compensationType: CompensationType.RELEASE_SEATS,
          ...correlation(),
        },
        refused: {
          code: 'FAILED_PRECONDITION',
          details: ['compensation_type RESERVATION_ALREADY_CONFIRMED'],
        },
      };
    },
  },
  healthCheck: {
    good: async ({ anonymous }) => ({
      by: anonymous,
      request: {},
      answers: [{ status: WorkerStatus.HEALTHY, failedEventsCount: 0, startedAt: someTime }],
    }),
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { workerInstanceId: 'nobody' },
      refused: { code: 'NOT_FOUND', details: ['worker_instance_id WORKER_NOT_FOUND'] },
    }),
  },
  getJobStatus: {
    good: async (world) => {
      const { worker } = world.service;
      await bought(world);
      const eventType = 'reservation.created';
      const { jobs } = await eventually(async () => {
        const answer = await worker.getJobStatus({ eventType });
        expect(answer.jobs[0]?.status).toBe(JobInstanceStatus.COMPLETED);
        return answer;
      });
      const [job] = jobs;
      return {
        by: world.service,
        request: { jobId: job?.jobId ?? '' },
        answers: [
          {
            jobs: [
              {
                jobId: job?.jobId,
                status: JobInstanceStatus.COMPLETED,
                startedAt: someTime,
                completedAt: someTime,
                eventsProcessed: 1,
                eventsFailed: 0,
              },
            ],
            metrics: {
              totalEventsFailed: 0,
              totalEventsCompleted: expect.any(Number),
              lastUpdated: someTime,
            },
          },
        ],
      };
    },
    bad: async ({ service }) => ({
      by: service,
      request: { jobId: 'nothing' },
      refused: { code: 'NOT_FOUND', details: ['job_id JOB_NOT_FOUND'] },
    }),
  },
};
