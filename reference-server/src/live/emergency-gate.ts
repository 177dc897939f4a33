import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { Auth, policyOf } from '@traffic-tacos/policy';
import type { Closed, Gate } from '@traffic-tacos/server';
import { roleOf } from './service-names.ts';
import { MAINTENANCE, type Switches } from './switches.ts';

/** When to look again whether maintenance is over, in milliseconds. */
const MAINTENANCE_RETRY_MS = 30_000;

/** What finishes a purchase that has begun, or keeps a place in line: it goes on during maintenance. */
const FINISHING: ReadonlySet<string> = new Set([
  'gateway.v1.QueueService/GetQueueStatus',
  'gateway.v1.QueueService/LeaveQueue',
  'gateway.v1.GatewayService/ConfirmReservation',
  'gateway.v1.GatewayService/CancelReservation',
  'gateway.v1.GatewayService/CreatePaymentIntent',
  'gateway.v1.GatewayService/ProcessPayment',
  'gateway.v1.WebhookService/ReceivePaymentWebhook',
  'gateway.v1.WebhookService/ReceiveExpiryWebhook',
  'gateway.v1.WebSocketService/StreamQueueUpdates',
  'reservation.v1.ReservationService/ConfirmReservation',
  'reservation.v1.ReservationService/CancelReservation',
  'reservation.v1.ReservationService/ExtendHold',
  'reservation.v1.InventoryService/CommitReservation',
  'reservation.v1.InventoryService/ReleaseHold',
  'reservation.v1.InventoryService/ReturnSeats',
  'reservation.v1.WorkerService/ProcessReservationExpiry',
  'reservation.v1.WorkerService/ProcessPaymentResult',
  'reservation.v1.WorkerService/ProcessCompensation',
  'payment.v1.PaymentService/CreatePaymentIntent',
  'payment.v1.PaymentService/ProcessPayment',
  'payment.v1.PaymentService/CancelPayment',
  'payment.v1.PaymentService/SimulateWebhook',
]);

interface Concerned {
  readonly breaker: string;
  readonly name: string;
  readonly openMs: number;
  /** Whether maintenance stops the method. */
  readonly isStopped: boolean;
}

/**
 * Stops the calls of some services by what is switched on: open breakers those to their service, whoever calls;
 * maintenance whatever users begin. Other services of the port, such as health, are never stopped.
 */
export function emergencyGate(switches: Switches, services: readonly DescService[]): Gate {
  const concerned = new Map<DescMethod, Concerned>();
  for (const service of services) {
    for (const method of service.methods) {
      concerned.set(method, concernedBy(service, method));
    }
  }
  return (method, caller, isLocal): Closed | undefined => {
    if (!switches.any()) {
      return undefined;
    }
    const found = concerned.get(method);
    if (found === undefined) {
      return undefined;
    }
    if (switches.isOn(found.breaker)) {
      return {
        why: 'breaker_open',
        message: `not called: the circuit breaker to ${found.name} was opened by an operator`,
        retryAfterMs: found.openMs,
      };
    }
    if (found.isStopped && !isLocal && caller.kind !== 'admin' && switches.isOn(MAINTENANCE)) {
      return {
        why: 'maintenance',
        message:
          'the platform is under maintenance: purchases that have begun can be finished, new ones wait',
        retryAfterMs: MAINTENANCE_RETRY_MS,
      };
    }
    return undefined;
  };
}

function concernedBy(service: DescService, method: DescMethod): Concerned {
  const { auth, circuitBreaker } = policyOf(method);
  const name = roleOf(service.typeName);
  const reads = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  const isStopped = !reads && auth !== Auth.ADMIN && !FINISHING.has(`${service.typeName}/${method.name}`);
  return { breaker: `breaker/${name}`, name, openMs: circuitBreaker.openMs, isStopped };
}
