import { create } from '@bufbuild/protobuf';
import {
  type PaymentMetadata as MetadataMessage,
  type Payment as PaymentMessage,
  PaymentMetadataSchema,
  PaymentMethod,
  type PaymentResult,
  PaymentResultSchema,
  PaymentScenario,
  PaymentSchema,
  PaymentStatus,
} from '@traffic-tacos/contracts/payment/v1';
import type {
  Payment,
  PaymentMetadata,
  PaymentMethodName,
  PaymentOutcome,
  PaymentState,
  Scenario,
} from '../../domain/payment/payment.ts';
import { moneyOf } from '../shared/money.ts';
import { timestampOf } from '../shared/time.ts';

/** A state as the contract says it. */
export function statusOf(state: PaymentState): PaymentStatus {
  return PaymentStatus[state];
}

/** What the simulator is asked to do; unspecified is to approve. */
export function scenarioOf(scenario: PaymentScenario): Scenario {
  return scenario === PaymentScenario.UNSPECIFIED ? 'APPROVE' : (PaymentScenario[scenario] as Scenario);
}

/** A means of payment, `undefined` when it is not said. */
export function methodOf(method: PaymentMethod): PaymentMethodName | undefined {
  return method === PaymentMethod.UNSPECIFIED ? undefined : (PaymentMethod[method] as PaymentMethodName);
}

/** A payment as the contract says it. Its client secret is told once, to whom made it. */
export function paymentMessage(payment: Payment, state: PaymentState): PaymentMessage {
  return create(PaymentSchema, {
    paymentIntentId: payment.intentId,
    paymentId: payment.paymentId ?? '',
    reservationId: payment.reservationId,
    userId: payment.userId,
    status: statusOf(state),
    amount: moneyOf(payment.amount, payment.currency),
    method: payment.method === undefined ? PaymentMethod.UNSPECIFIED : PaymentMethod[payment.method],
    createdAt: timestampOf(payment.createdAt),
    updatedAt: timestampOf(payment.updatedAt),
    transactionId: payment.transactionId ?? '',
    ...(payment.processedAt !== undefined && { processedAt: timestampOf(payment.processedAt) }),
    ...(payment.outcome && { result: resultMessage(payment.outcome) }),
    metadata: create(PaymentMetadataSchema, {
      ...payment.metadata,
      scenario: PaymentScenario[payment.scenario],
    }),
  });
}

/** What the gateway said, as the contract says it. */
export function resultMessage(outcome: PaymentOutcome): PaymentResult {
  return create(PaymentResultSchema, { ...outcome, processedAt: timestampOf(outcome.processedAt) });
}

/** What a client says of itself, as it is kept. */
export function metadataOf(metadata: MetadataMessage | undefined): PaymentMetadata | undefined {
  if (metadata === undefined) {
    return undefined;
  }
  const { source, userAgent, ipAddress, sessionId, tags } = metadata;
  return { source, userAgent, ipAddress, sessionId, tags };
}
