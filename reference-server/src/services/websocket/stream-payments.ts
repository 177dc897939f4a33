import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { HandlerContext } from '@connectrpc/connect';
import {
  EventType,
  PaymentEventType,
  type StreamPaymentUpdatesRequest,
  type StreamPaymentUpdatesResponse,
  StreamPaymentUpdatesResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { type Payment, PaymentService, PaymentStatus } from '@traffic-tacos/contracts/payment/v1';
import { callOf, inherit } from '@traffic-tacos/server';
import type { PaymentState } from '../../domain/payment/payment.ts';
import { type PaymentChange, paymentsOf } from '../payment/index.ts';
import { answered } from '../shared/answered.ts';
import { timestampOf } from '../shared/time.ts';
import type { Followed } from './changes-source.ts';
import type { WebSocketDeps } from './deps.ts';
import { followChanges, MOST_AT_ONCE } from './follow-changes.ts';

/** Milliseconds between two looks whether an intent that nobody pays has lapsed, which nobody writes down. */
const LAPSE_MS = 5_000;

/** Sends what becomes of a buyer's payments. */
export async function* streamPayments(
  deps: WebSocketDeps,
  request: StreamPaymentUpdatesRequest,
  context: HandlerContext,
): AsyncGenerator<StreamPaymentUpdatesResponse, void> {
  const { caller, traceId } = callOf(context);
  const payments = deps.local.client(PaymentService, { as: caller });
  const { userId, paymentIntentIds } = request;

  const readOne = async (paymentIntentId: string): Promise<readonly PaymentChange[]> => {
    const { payment } = answered(
      await payments.getPaymentStatus({ paymentIntentId, userId }, inherit(context)),
    );
    return payment === undefined ? [] : [asChange(payment, traceId)];
  };
  const read = async (): Promise<readonly PaymentChange[]> => {
    if (paymentIntentIds.length > 0) {
      return (await Promise.all(paymentIntentIds.map(readOne))).flat();
    }
    const pagination = { pageSize: MOST_AT_ONCE };
    const page = answered(await payments.listPayments({ userId, pagination }, inherit(context)));
    return page.payments.map((payment) => asChange(payment, traceId)).reverse();
  };

  // Who acts for anyone may have named payments of several users.
  const owners =
    paymentIntentIds.length > 0 && caller.actsForAnyone
      ? (await read()).map((change) => change.userId)
      : [userId];
  const followed = followedPayments(owners, { read, readOne }, new Set(paymentIntentIds));
  yield* followChanges(deps, followed, request, context);
}

function asChange(payment: Payment, traceId: string): PaymentChange {
  return {
    id: payment.paymentIntentId,
    userId: payment.userId,
    state: PaymentStatus[payment.status] as PaymentState,
    refundedAmount: 0,
    at: payment.updatedAt === undefined ? 0 : timestampMs(payment.updatedAt),
    traceId,
  };
}

function followedPayments(
  owners: readonly string[],
  ask: {
    readonly read: () => Promise<readonly PaymentChange[]>;
    readonly readOne: (id: string) => Promise<readonly PaymentChange[]>;
  },
  named: ReadonlySet<string>,
): Followed<PaymentChange, StreamPaymentUpdatesResponse> {
  const pending = (known: readonly PaymentChange[]) => known.filter(({ state }) => state === 'PENDING');
  return {
    topics: owners.map(paymentsOf),
    wants: ({ id }) => named.size === 0 || named.has(id),
    read: ask.read,
    isNewer: (change, known) =>
      RANK[change.state] > RANK[known.state] ||
      (change.state === known.state && change.refundedAmount > known.refundedAmount),
    isOver: (known) =>
      named.size > 0 && known.length === named.size && known.every(({ state }) => FINAL.has(state)),
    nextAt: (known, lookedAt) => (pending(known).length > 0 ? lookedAt + LAPSE_MS : Number.POSITIVE_INFINITY),
    look: async (known) => {
      const found = await Promise.all(pending(known).map(({ id }) => ask.readOne(id)));
      return found.flat().map((change) => ({ kind: 'changed', change }) as const);
    },
    update: (change, old, how, number) =>
      response(change, old, how === 'began' ? PaymentEventType.UNSPECIFIED : eventOf(change, old), number),
    notice: (change, _, number) => response(change, change, PaymentEventType.UNSPECIFIED, number),
    text: ({ text, at, traceId }, number) =>
      create(StreamPaymentUpdatesResponseSchema, {
        type: EventType.MESSAGE,
        paymentUpdate: { message: text },
        timestamp: timestampOf(at),
        correlationId: traceId,
        sequence: BigInt(number),
      }),
    heartbeat: (now, number) =>
      create(StreamPaymentUpdatesResponseSchema, {
        type: EventType.HEARTBEAT,
        timestamp: timestampOf(now),
        sequence: BigInt(number),
      }),
  };
}

/** States in the order in which a payment goes through them; it never goes back. */
const RANK: Readonly<Record<PaymentState, number>> = {
  PENDING: 0,
  PROCESSING: 1,
  FAILED: 2,
  CANCELLED: 2,
  EXPIRED: 2,
  COMPLETED: 2,
  REFUNDED: 3,
};

/** States that nothing follows. */
const FINAL: ReadonlySet<PaymentState> = new Set(['FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED']);

function eventOf(change: PaymentChange, old: PaymentChange | undefined): PaymentEventType {
  switch (change.state) {
    case 'PENDING':
      return old === undefined ? PaymentEventType.CREATED : PaymentEventType.UNSPECIFIED;
    case 'PROCESSING':
      return PaymentEventType.PROCESSING;
    case 'COMPLETED':
      // A part of the money may have gone back.
      return change.refundedAmount > 0 ? PaymentEventType.REFUNDED : PaymentEventType.COMPLETED;
    case 'FAILED':
      return PaymentEventType.FAILED;
    case 'REFUNDED':
      return PaymentEventType.REFUNDED;
    default:
      return PaymentEventType.UNSPECIFIED;
  }
}

function response(
  { id, state, at, traceId }: PaymentChange,
  old: PaymentChange | undefined,
  eventType: PaymentEventType,
  number: number,
): StreamPaymentUpdatesResponse {
  return create(StreamPaymentUpdatesResponseSchema, {
    type: EventType.PAYMENT_UPDATE,
    paymentUpdate: {
      paymentIntentId: id,
      oldStatus: old === undefined ? PaymentStatus.UNSPECIFIED : PaymentStatus[old.state],
      newStatus: PaymentStatus[state],
      message:
        eventType === PaymentEventType.REFUNDED && state === 'COMPLETED'
          ? `A part of payment ${id} went back to the buyer.`
          : `Payment ${id} is ${state.toLowerCase()}.`,
      eventType,
    },
    timestamp: timestampOf(at),
    correlationId: traceId,
    sequence: BigInt(number),
  });
}
