import type { ServiceImpl } from '@connectrpc/connect';
import type { WebSocketService } from '@traffic-tacos/contracts/gateway/v1';
import { callOf } from '@traffic-tacos/server';
import type { WebSocketDeps } from './deps.ts';
import { lineWatches } from './line-watch.ts';
import { sendMessage } from './send-message.ts';
import { streamPayments } from './stream-payments.ts';
import { streamQueue } from './stream-queue.ts';
import { streamReservations } from './stream-reservations.ts';

/** Streams of what happens to a place in line, to reservations and to payments, and messages to those who follow them. */
export function webSocketService(deps: WebSocketDeps): ServiceImpl<typeof WebSocketService> {
  const lines = lineWatches(deps);
  return {
    streamQueueUpdates: (request, context) => streamQueue({ ...deps, lines }, request, context),
    streamReservationUpdates: (request, context) => streamReservations(deps, request, context),
    streamPaymentUpdates: (request, context) => streamPayments(deps, request, context),
    sendMessage: (request, context) => sendMessage(deps, request, callOf(context)),
  };
}
