import { create } from '@bufbuild/protobuf';
import {
  AdmissionStatus,
  EventQueueStatsSchema,
  type GetQueueStatsResponse,
  GetQueueStatsResponseSchema,
  type GetQueueStatusResponse,
  type JoinQueueResponse,
  type LeaveQueueResponse,
  LeaveQueueResponseSchema,
  QueueStatus,
  type RequestAdmissionResponse,
  RequestAdmissionResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import type { Place } from '../../domain/queue/index.ts';
import type { QueueStats } from '../../queue/index.ts';
import { timestampOf } from '../shared/time.ts';

const STATUS = {
  WAITING: QueueStatus.WAITING,
  READY: QueueStatus.READY,
  EXPIRED: QueueStatus.EXPIRED,
  LEFT: QueueStatus.LEFT,
} as const satisfies Record<Place['state'], QueueStatus>;

/** The answer to who has joined. */
export function joinResponse(waitingToken: string, place: Place): JoinQueueResponse {
  const { status, etaSeconds, expiresAt, nextPollMs } = statusResponse(place);
  const position = place.state === 'WAITING' ? place.position : 1;
  return {
    $typeName: 'gateway.v1.JoinQueueResponse',
    waitingToken,
    status,
    position,
    positionHint: position,
    etaSeconds,
    estimatedWaitSeconds: etaSeconds,
    ...(expiresAt && { expiresAt }),
    nextPollMs,
  };
}

/** A place as the contract says it. */
export function statusResponse(place: Place): GetQueueStatusResponse {
  const isWaiting = place.state === 'WAITING';
  const isOver = !isWaiting && place.state !== 'READY';
  // What `create` makes, at a tenth of its price: most answers of the server are this one.
  return {
    $typeName: 'gateway.v1.GetQueueStatusResponse',
    status: STATUS[place.state],
    position: isWaiting ? place.position : 0,
    etaSeconds: isWaiting ? place.etaSeconds : isOver ? -1 : 0,
    admissionReady: place.state === 'READY',
    expiresAt: timestampOf(isOver ? place.endedAt : place.expiresAt),
    nextPollMs: isOver ? 0 : place.nextPollMs,
  };
}

/** The answer to who is admitted. */
export function grantedResponse(
  reservationToken: string,
  expiresAt: number,
  now: number,
): RequestAdmissionResponse {
  return create(RequestAdmissionResponseSchema, {
    admission: AdmissionStatus.GRANTED,
    reservationToken,
    ttlSeconds: Math.max(1, Math.floor((expiresAt - now) / 1000)),
    validUntil: timestampOf(expiresAt),
  });
}

/** The answer to who has given up a place, or had lost it before. */
export function leftResponse(place: Place, now: number): LeaveQueueResponse {
  return create(LeaveQueueResponseSchema, {
    success: true,
    leftAt: timestampOf('endedAt' in place ? place.endedAt : now),
  });
}

/**
 * Lines in numbers.
 *
 * @param shown The lines that were asked for.
 * @param all All lines, which the sums are about.
 */
export function statsResponse(
  shown: readonly QueueStats[],
  all: readonly QueueStats[],
  now: number,
): GetQueueStatsResponse {
  const lastUpdated = timestampOf(now);
  const sum = (of: (line: QueueStats) => number): number => all.reduce((total, line) => total + of(line), 0);
  const places = sum((line) => line.maxActive);
  const active = sum((line) => line.active);
  return create(GetQueueStatsResponseSchema, {
    events: shown.map((line) =>
      create(EventQueueStatsSchema, {
        eventId: line.eventId,
        totalWaiting: line.waiting,
        totalAdmitted: line.admitted,
        admissionRatePerMinute: line.admittedLastMinute,
        averageWaitTimeSeconds: line.meanWaitMs === undefined ? -1 : Math.round(line.meanWaitMs / 1000),
        lastUpdated,
      }),
    ),
    system: {
      totalActiveQueues: all.length,
      totalWaitingUsers: sum((line) => line.waiting),
      totalAdmittedUsers: sum((line) => line.admitted),
      systemCapacityPercentage: places === 0 ? 0 : Math.min(100, Math.round((active / places) * 100)),
      averageAdmissionRate: all.length === 0 ? 0 : sum((line) => line.admittedLastMinute) / all.length,
      lastUpdated,
    },
  });
}
