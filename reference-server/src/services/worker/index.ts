import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  GetJobStatusResponseSchema,
  HealthCheckResponseSchema,
  JobInstanceSchema,
  JobInstanceStatus,
  type WorkerService,
  WorkerStatus,
} from '@traffic-tacos/contracts/reservation/v1';
import { callOf, inherit, refuse } from '@traffic-tacos/server';
import { timestampOf } from '../shared/time.ts';
import type { WorkerDeps } from './deps.ts';
import type { Job } from './job-log.ts';
import { processCompensation } from './process-compensation.ts';
import { processReservationExpiry } from './process-expiry.ts';
import { processPaymentResult } from './process-payment-result.ts';
import { withStatus } from './processing-status.ts';

export { paymentConsumer, refundConsumer } from './consume-events.ts';
export type { WorkerDeps } from './deps.ts';
export { type JobLog, jobLog } from './job-log.ts';
export { givingUp } from './refuse-unprocessed.ts';
export { returnRefundedSeats } from './return-refunded-seats.ts';
export { type WorkerLoop, workerLoop } from './worker-loop.ts';

/** Jobs that one answer shows. */
const SHOWN = 100;

/** The worker: draws the consequences of events and timers. */
export function workerService(deps: WorkerDeps): Partial<ServiceImpl<typeof WorkerService>> {
  return {
    processReservationExpiry: (request, context) =>
      withStatus(processReservationExpiry(deps, request, callOf(context), inherit(context))),
    processPaymentResult: (request, context) =>
      withStatus(processPaymentResult(deps, request, inherit(context))),
    processCompensation: (request, context) =>
      withStatus(processCompensation(deps, request, callOf(context), inherit(context))),

    healthCheck(request) {
      if (request.workerInstanceId !== '' && request.workerInstanceId !== deps.workerId) {
        throw refuse('NOT_FOUND', `there is no worker "${request.workerInstanceId}" here`, [
          { field: 'worker_instance_id', reason: 'WORKER_NOT_FOUND', value: request.workerInstanceId },
        ]);
      }
      const { processed, failed, lastProcessedAt } = deps.log.totals();
      return create(HealthCheckResponseSchema, {
        status: deps.isWell() ? WorkerStatus.HEALTHY : WorkerStatus.UNHEALTHY,
        processedEventsCount: processed,
        failedEventsCount: failed,
        ...(lastProcessedAt !== undefined && { lastProcessedAt: timestampOf(lastProcessedAt) }),
        queueDepth: deps.backlog(),
        startedAt: timestampOf(deps.log.startedAt),
      });
    },

    async getJobStatus(request) {
      const jobs = deps.log
        .jobs()
        .filter((job) => request.jobId === '' || job.id === request.jobId)
        .filter((job) => request.eventType === '' || job.types.has(request.eventType));
      if (request.jobId !== '' && jobs.length === 0) {
        throw refuse('NOT_FOUND', `there is no job "${request.jobId}", or it is too old to be known`, [
          { field: 'job_id', reason: 'JOB_NOT_FOUND', value: request.jobId },
        ]);
      }
      const { active, processed, averageMs } = deps.log.totals();
      return create(GetJobStatusResponseSchema, {
        jobs: jobs.slice(0, SHOWN).map((job) => jobMessage(job, deps.workerId)),
        metrics: {
          totalActiveJobs: active,
          totalEventsPending: deps.backlog(),
          totalEventsProcessing: active,
          totalEventsCompleted: processed,
          totalEventsFailed: await deps.deadLetters.count(),
          averageProcessingTimeMs: averageMs,
          lastUpdated: timestampOf(deps.clock()),
        },
      });
    },
  };
}

function jobMessage(job: Job, workerId: string) {
  return create(JobInstanceSchema, {
    jobId: job.id,
    workerId,
    status: statusOf(job),
    startedAt: timestampOf(job.startedAt),
    ...(job.completedAt !== undefined && { completedAt: timestampOf(job.completedAt) }),
    eventsProcessed: job.processed,
    eventsFailed: job.failed,
  });
}

function statusOf(job: Job): JobInstanceStatus {
  if (job.completedAt === undefined) {
    return JobInstanceStatus.RUNNING;
  }
  return job.processed > 0 ? JobInstanceStatus.COMPLETED : JobInstanceStatus.FAILED;
}
