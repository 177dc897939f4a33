import { create } from '@bufbuild/protobuf';
import {
  MessagePriority,
  MessageType,
  type SendMessageRequest,
  type SendMessageResponse,
  SendMessageResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import type { Call } from '@traffic-tacos/server';
import { newId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import type { WebSocketDeps } from './deps.ts';
import { messagesFor } from './text-message.ts';

/**
 * Puts a text on the open streams of a user or a session. Nothing is kept for later. The answer is recorded first,
 * so that the same key never sends twice; a crash in between loses the message, as it loses the streams.
 */
export async function sendMessage(
  { feed, clock, store }: Pick<WebSocketDeps, 'feed' | 'clock' | 'store'>,
  request: SendMessageRequest,
  call: Call,
): Promise<SendMessageResponse> {
  const { targetUserId: userId, targetSessionId: sessionId, title, content, data } = request;
  const type = request.messageType || MessageType.INFO;
  const priority = request.priority || MessagePriority.NORMAL;
  const at = clock();
  const topic = messagesFor({ userId, sessionId });
  const hearers = await feed.hearers(topic);
  const response = create(SendMessageResponseSchema, {
    delivered: hearers > 0,
    messageId: newId('msg'),
    sentAt: timestampOf(at),
  });
  const record = recorded(call, response);
  if (record.length > 0) {
    await store.transact(record);
  }
  const text = title === '' ? content : `${title}\n${content}`;
  const reached = await feed.tell(topic, { text, priority, at, traceId: call.traceId });
  call.log.info(
    {
      message_id: response.messageId,
      message_type: MessageType[type],
      priority: MessagePriority[priority],
      ...(userId !== '' && { user_id: userId }),
      data,
      reached,
    },
    'a message was sent',
  );
  return response;
}
