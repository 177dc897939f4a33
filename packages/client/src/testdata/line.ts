import type { ServiceImpl } from '@connectrpc/connect';
import { ErrorCode } from '@traffic-tacos/contracts/common/v1';
import { AdmissionStatus, QueueService, QueueStatus } from '@traffic-tacos/contracts/gateway/v1';
import { type Desk, refusal } from './asked.ts';

export interface Place {
  readonly token: string;
  readonly number: number;
  state: 'in line' | 'left' | 'lapsed' | 'used';
}

/** The right to make one reservation. */
export interface Right {
  readonly token: string;
  readonly place: Place;
  readonly lapsesAt: number;
  spent: boolean;
}

export const RIGHT_TTL_S = 30;
const { method: methods } = QueueService;

/**
 * The line in front of the box office, first come, first served.
 *
 * @param ahead People in it before the first buyer. Every question about a place lets one of them in.
 */
export function createLine(desk: Desk, now: () => number, ahead: number) {
  const places: Place[] = [];
  const rights: Right[] = [];
  let admitted = 1 - ahead;

  const isReady = (place: Place) => place.number <= admitted;
  const standing = (place: Place) => {
    const position = Math.max(1, place.number - admitted);
    const ready = isReady(place);
    return {
      position,
      status: ready ? QueueStatus.READY : QueueStatus.WAITING,
      // Far back nobody can tell.
      etaSeconds: ready ? 0 : position > 2 ? -1 : position,
      nextPollMs: 5,
    };
  };
  const find = (token: string) => places.find((place) => place.token === token);

  const service: Partial<ServiceImpl<typeof QueueService>> = {
    joinQueue: desk.method('joinQueue', methods.joinQueue, () => {
      const number = places.length + 1;
      const place: Place = { token: `place-${number}`, number, state: 'in line' };
      places.push(place);
      const { etaSeconds, ...rest } = standing(place);
      return { waitingToken: place.token, estimatedWaitSeconds: etaSeconds, ...rest };
    }),
    getQueueStatus: desk.method('getQueueStatus', methods.getQueueStatus, ({ waitingToken }) => {
      const place = find(waitingToken);
      if (place === undefined) {
        return refusal(ErrorCode.NOT_FOUND, 'no such place');
      }
      if (place.state !== 'in line') {
        const status = place.state === 'left' ? QueueStatus.LEFT : QueueStatus.EXPIRED;
        return { status, etaSeconds: -1 };
      }
      admitted++;
      return { ...standing(place), admissionReady: isReady(place) };
    }),
    requestAdmission: desk.method('requestAdmission', methods.requestAdmission, ({ waitingToken }) => {
      const place = find(waitingToken);
      if (place?.state !== 'in line') {
        const admission = place ? AdmissionStatus.EXPIRED : AdmissionStatus.INVALID;
        return { admission, ...refusal(ErrorCode.FAILED_PRECONDITION, 'the place is gone') };
      }
      if (!isReady(place)) {
        const admission = AdmissionStatus.DENIED;
        return { admission, ...refusal(ErrorCode.FAILED_PRECONDITION, 'not your turn') };
      }
      const token = `right-${rights.length + 1}`;
      rights.push({ token, place, lapsesAt: now() + RIGHT_TTL_S * 1_000, spent: false });
      return { admission: AdmissionStatus.GRANTED, reservationToken: token, ttlSeconds: RIGHT_TTL_S };
    }),
    leaveQueue: desk.method('leaveQueue', methods.leaveQueue, ({ waitingToken }) => {
      const place = find(waitingToken);
      if (place?.state === 'in line') {
        place.state = 'left';
      }
      return { success: true };
    }),
  };
  return {
    service,
    places,
    /** Sends everybody back by so many places. */
    moveBack: (by: number) => {
      admitted -= by;
    },
    /** Why a right is of no use, or the right. */
    check(token: string): Right | 'MALFORMED' | 'SPENT' | 'EXPIRED' {
      const right = rights.find((one) => one.token === token);
      if (right === undefined) {
        return 'MALFORMED';
      }
      return right.spent ? 'SPENT' : now() >= right.lapsesAt ? 'EXPIRED' : right;
    },
  };
}

export type Line = ReturnType<typeof createLine>;
