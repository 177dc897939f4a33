import {
  MessagePriority,
  MessageType,
  SendMessageRequestSchema,
  StreamPaymentUpdatesRequestSchema,
  StreamQueueUpdatesRequestSchema,
  StreamReservationUpdatesRequestSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { enumOf, idList, key, optionalId, pairs, sequence, text, upTo, user } from './limit.ts';
import { type RequestCases, request } from './request.ts';

export const websocketRules: readonly RequestCases[] = [
  request(
    StreamQueueUpdatesRequestSchema,
    { waitingToken: 'w' },
    { waitingToken: text(1, 2048), sessionId: upTo(255), eventId: optionalId, resumeToken: sequence },
  ),
  request(
    StreamReservationUpdatesRequestSchema,
    {},
    { userId: user, sessionId: upTo(255), reservationIds: idList(50), resumeToken: sequence },
  ),
  request(
    StreamPaymentUpdatesRequestSchema,
    {},
    { userId: user, sessionId: upTo(255), paymentIntentIds: idList(50), resumeToken: sequence },
  ),
  request(
    SendMessageRequestSchema,
    { targetUserId: 'user_456', targetSessionId: 's', content: 'Doors open at seven.' },
    {
      targetUserId: user,
      targetSessionId: upTo(255),
      messageType: enumOf(MessageType),
      title: upTo(200),
      content: text(1, 4000),
      data: pairs,
      priority: enumOf(MessagePriority),
      idempotencyKey: key,
    },
    {
      valid: [
        { targetUserId: 'user_456', content: 'x' },
        { targetSessionId: 's', content: 'x' },
      ],
      invalid: [[{ content: 'x' }, ' send_message.target']],
    },
  ),
];
