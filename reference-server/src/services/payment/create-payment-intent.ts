import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  type CreatePaymentIntentRequest,
  type CreatePaymentIntentResponse,
  CreatePaymentIntentResponseSchema,
} from '@traffic-tacos/contracts/payment/v1';
import { type Reservation, ReservationStatus } from '@traffic-tacos/contracts/reservation/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import type { Payment } from '../../domain/payment/payment.ts';
import { settledAs } from '../../domain/payment/settle.ts';
import { type Item, put, type Write } from '../../store/index.ts';
import { answered } from '../shared/answered.ts';
import { contended } from '../shared/contended.ts';
import { CURRENT_INTENT_KEPT_MS } from '../shared/kept.ts';
import { moneyText } from '../shared/money.ts';
import { newId, newSecret } from '../shared/new-id.ts';
import { mayAccess } from '../shared/owner.ts';
import { recorded } from '../shared/recorded.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import type { PaymentDeps } from './deps.ts';
import { metadataOf, methodOf, scenarioOf, statusOf } from './messages.ts';
import { currentState, paymentEvents, putPayment, timerWrites, wrongState } from './payment-record.ts';
import { refuseCalledOff } from './refuse-called-off.ts';
import { currentIntentTable, paymentTable } from './tables.ts';

/**
 * Makes an intent to pay for a reservation. A reservation has one that may still be paid: asked for again in
 * the same way it is the same one; asked for in another way, it takes the place of the former.
 */
export async function createPaymentIntent(
  deps: PaymentDeps,
  request: CreatePaymentIntentRequest,
  call: Call,
  nested: CallOptions,
): Promise<CreatePaymentIntentResponse> {
  const webhookUrl = request.webhookUrl === '' ? undefined : deps.webhooks.urlOf(request.webhookUrl);
  const reservation = await reservationToPay(deps, request, call, nested);
  return contended(`the payment of reservation ${request.reservationId}`, async () => {
    const current = await deps.store.get(currentIntentTable, request.reservationId);
    const former = current && (await deps.store.get(paymentTable, current.value.intentId));
    const now = deps.clock();
    const wanted = newPayment(request, reservation, now, planned(deps, webhookUrl, now));
    const replaced: Write[] = [];
    if (former !== undefined) {
      const state = await currentState(deps, former.value, nested);
      if (state === 'PROCESSING' || state === 'COMPLETED') {
        throw wrongState(former.value, state, 'a reservation that nobody pays for yet');
      }
      if (state === 'PENDING') {
        if (isSameWish(former.value, wanted)) {
          return responseOf(former.value);
        }
        replaced.push(...replacing(former, now));
      }
    }
    const named = await deps.webhooks.named(wanted, now);
    const response = responseOf(wanted);
    await deps.store.transact([
      putPayment(wanted, 'absent'),
      put(
        currentIntentTable,
        wanted.reservationId,
        { intentId: wanted.intentId },
        {
          if: current === undefined ? 'absent' : { version: current.version },
          expiresAt: now + CURRENT_INTENT_KEPT_MS,
        },
      ),
      ...timerWrites(undefined, wanted),
      ...replaced,
      ...named,
      ...recorded(call, response),
    ]);
    return response;
  });
}

/** The reservation, held for the caller at the amount that the caller expects. */
async function reservationToPay(
  deps: PaymentDeps,
  request: CreatePaymentIntentRequest,
  call: Call,
  nested: CallOptions,
): Promise<Reservation> {
  const { reservation } = answered(
    await deps.reservations.getReservation({ reservationId: request.reservationId }, nested),
  );
  if (reservation === undefined || !mayAccess(call.caller, request.userId, reservation.userId)) {
    throw refuse('NOT_FOUND', `there is no reservation "${request.reservationId}"`, [
      { field: 'reservation_id', reason: 'RESERVATION_NOT_FOUND', value: request.reservationId },
    ]);
  }
  if (reservation.status === ReservationStatus.EXPIRED) {
    throw refuse('RESERVATION_EXPIRED', `the hold of reservation "${reservation.reservationId}" has lapsed`, [
      { field: 'reservation_id', reason: 'RESERVATION_EXPIRED', value: reservation.reservationId },
    ]);
  }
  if (reservation.status !== ReservationStatus.HOLD) {
    const state = ReservationStatus[reservation.status] ?? '';
    const reason = state === 'CONFIRMED' ? 'RESERVATION_ALREADY_CONFIRMED' : `RESERVATION_${state}`;
    throw refuse(
      'FAILED_PRECONDITION',
      `reservation "${reservation.reservationId}" is ${state.toLowerCase()}; only a hold is paid for`,
      [{ field: 'reservation_id', reason, value: reservation.reservationId }],
    );
  }
  await refuseCalledOff(deps, reservation.eventId, 'reservation_id', reservation.reservationId);
  const { amount } = request;
  const total = reservation.totalAmount;
  if (
    amount !== undefined &&
    total !== undefined &&
    (amount.amount !== total.amount || amount.currency !== total.currency)
  ) {
    throw refuse(
      'FAILED_PRECONDITION',
      `amount is ${moneyText(amount)}, but the reservation costs ${moneyText(total)}`,
      [
        { field: 'amount', reason: 'AMOUNT_DIFFERS', value: moneyText(amount) },
        { field: 'amount', reason: 'RESERVATION_TOTAL', value: moneyText(total) },
      ],
    );
  }
  return reservation;
}

/** Whom nobody pays is paid by the simulator, so that its receiver has something to hear. */
function planned(
  deps: PaymentDeps,
  webhookUrl: string | undefined,
  now: number,
): Pick<Payment, 'webhookUrl' | 'plan'> {
  return webhookUrl === undefined
    ? {}
    : { webhookUrl, plan: { at: now + deps.simulator.delayMs, force: false } };
}

function newPayment(
  request: CreatePaymentIntentRequest,
  reservation: Reservation,
  now: number,
  news: Pick<Payment, 'webhookUrl' | 'plan'>,
): Payment {
  const method = methodOf(request.method);
  const metadata = metadataOf(request.metadata);
  return {
    intentId: newId('pi'),
    reservationId: reservation.reservationId,
    userId: reservation.userId,
    state: 'PENDING',
    amount: Number(reservation.totalAmount?.amount ?? 0n),
    currency: reservation.totalAmount?.currency ?? '',
    scenario: scenarioOf(request.scenario),
    clientSecret: newSecret('secret'),
    createdAt: now,
    updatedAt: now,
    expiresAt: msOf(reservation.holdExpiresAt) ?? now,
    eventId: reservation.eventId,
    ...(method && { method }),
    ...(metadata && { metadata }),
    ...news,
  };
}

function isSameWish(former: Payment, wanted: Payment): boolean {
  return (
    former.scenario === wanted.scenario &&
    former.method === wanted.method &&
    former.amount === wanted.amount &&
    former.webhookUrl === wanted.webhookUrl
  );
}

/** The platform is told; the receiver of the former was never told of it, and need not hear of its end. */
function replacing(former: Item<Payment>, now: number): Write[] {
  const cancelled = settledAs(former.value, 'CANCELLED', { now });
  return [putPayment(cancelled, { version: former.version }), ...paymentEvents(cancelled, now)];
}

function responseOf(payment: Payment): CreatePaymentIntentResponse {
  return create(CreatePaymentIntentResponseSchema, {
    paymentIntentId: payment.intentId,
    status: statusOf('PENDING'),
    clientSecret: payment.clientSecret,
    expiresAt: timestampOf(payment.expiresAt),
  });
}
