import {
  GetQueueStatsRequestSchema,
  GetQueueStatusRequestSchema,
  JoinQueueRequestSchema,
  LeaveQueueRequestSchema,
  RequestAdmissionRequestSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { id, key, optionalId, pairs, text, upTo, user, within } from './limit.ts';
import { type RequestCases, request } from './request.ts';

const waitingToken = text(1, 2048);

export const queueRules: readonly RequestCases[] = [
  request(
    JoinQueueRequestSchema,
    { eventId: 'event_123' },
    {
      eventId: id,
      userId: user,
      sessionId: upTo(255),
      metadata: within({
        ipAddress: upTo(64),
        userAgent: upTo(1024),
        referer: upTo(2048),
        countryCode: upTo(2),
        headers: pairs,
      }),
      idempotencyKey: key,
    },
    { invalid: [[{}, 'event_id string.pattern']] },
  ),
  request(GetQueueStatusRequestSchema, { waitingToken: 'w' }, { waitingToken }),
  request(
    RequestAdmissionRequestSchema,
    { waitingToken: 'w' },
    { waitingToken, eventId: optionalId, userId: user, idempotencyKey: key },
  ),
  request(
    LeaveQueueRequestSchema,
    { waitingToken: 'w' },
    { waitingToken, reason: upTo(1000), idempotencyKey: key },
  ),
  request(GetQueueStatsRequestSchema, {}, { eventId: optionalId }),
];
