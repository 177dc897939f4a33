import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  type ReceiveExpiryWebhookRequest,
  type ReceiveExpiryWebhookResponse,
  ReceiveExpiryWebhookResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { answered } from '../shared/answered.ts';
import { derivedId } from '../shared/new-id.ts';
import { timestampOf } from '../shared/time.ts';
import type { WebhookDeps } from './deps.ts';

/** Has the worker look at a hold whose time is over. The hold's own expiry decides. */
export async function receiveExpiryWebhook(
  deps: WebhookDeps,
  request: ReceiveExpiryWebhookRequest,
  call: Call,
  nested: CallOptions,
): Promise<ReceiveExpiryWebhookResponse> {
  const { reservationId } = request;
  call.log.info({ source: request.source, webhook_id: request.webhookId }, 'news of an expiry');
  const correlationId = derivedId('expiry', request.webhookId, reservationId);
  const { processedAt } = answered(
    await deps.worker.processReservationExpiry({ reservationId, correlationId }, nested),
  );
  const { reservation } = answered(await deps.reservations.getReservation({ reservationId }, nested));
  const status = reservation?.status ?? ReservationStatus.UNSPECIFIED;
  if (status !== ReservationStatus.EXPIRED) {
    const state = ReservationStatus[status] ?? '';
    throw refuse(
      'FAILED_PRECONDITION',
      status === ReservationStatus.HOLD
        ? `the hold of reservation "${reservationId}" still runs`
        : `reservation "${reservationId}" is ${state.toLowerCase()}; only a hold expires`,
      [{ field: 'reservation_id', reason: `RESERVATION_${state}`, value: reservationId }],
    );
  }
  return create(ReceiveExpiryWebhookResponseSchema, {
    accepted: true,
    correlationId,
    processedAt: processedAt ?? timestampOf(deps.clock()),
  });
}
