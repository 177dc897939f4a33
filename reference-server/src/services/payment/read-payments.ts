import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  type GetPaymentStatusRequest,
  type GetPaymentStatusResponse,
  GetPaymentStatusResponseSchema,
  type ListPaymentsRequest,
  type ListPaymentsResponse,
  ListPaymentsResponseSchema,
  PaymentStatus,
} from '@traffic-tacos/contracts/payment/v1';
import type { Call } from '@traffic-tacos/server';
import { paymentStateAt } from '../../domain/payment/payment.ts';
import { filteredPage } from '../shared/filtered-page.ts';
import { mayAccess } from '../shared/owner.ts';
import type { PaymentDeps } from './deps.ts';
import { paymentMessage, statusOf } from './messages.ts';
import { currentState, paymentOf } from './payment-record.ts';
import { paymentTable } from './tables.ts';

/** A payment as of now. */
export async function getPaymentStatus(
  deps: PaymentDeps,
  request: GetPaymentStatusRequest,
  call: Call,
  nested: CallOptions,
): Promise<GetPaymentStatusResponse> {
  const { value } = await paymentOf(deps, request.paymentIntentId, (owner) =>
    mayAccess(call.caller, request.userId, owner),
  );
  return create(GetPaymentStatusResponseSchema, {
    payment: paymentMessage(value, await currentState(deps, value, nested)),
  });
}

/** A buyer's payments, newest first. */
export async function listPayments(
  deps: PaymentDeps,
  request: ListPaymentsRequest,
): Promise<ListPaymentsResponse> {
  const now = deps.clock();
  const page = await filteredPage({
    pagination: request.pagination,
    list: ['payments', request.userId, request.status, request.reservationId].join('|'),
    read: (limit, cursor) =>
      deps.store.query(paymentTable, 'by_user', {
        partition: request.userId,
        descending: true,
        limit,
        ...(cursor !== undefined && { cursor }),
      }),
    matches: (payment) =>
      (request.reservationId === '' || payment.reservationId === request.reservationId) &&
      (request.status === PaymentStatus.UNSPECIFIED ||
        statusOf(paymentStateAt(payment, now)) === request.status),
  });
  return create(ListPaymentsResponseSchema, {
    payments: page.items.map((payment) => paymentMessage(payment, paymentStateAt(payment, now))),
    pageInfo: page.info,
  });
}
