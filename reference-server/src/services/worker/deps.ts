import type { Client } from '@connectrpc/connect';
import type { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import type { InventoryService, ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import type { DeadLetters } from '../../deliveries/index.ts';
import type { ReservationState } from '../../domain/reservation/reservation.ts';
import type { Store } from '../../store/index.ts';
import type { Clock } from '../shared/time.ts';
import type { JobLog } from './job-log.ts';

/** What the worker works with. It belongs to the reservations and shares their records. */
export interface WorkerDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Told of every state that a reservation has come to, once that is recorded. */
  readonly onState: (state: ReservationState) => void;
  readonly reservations: Client<typeof ReservationService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly payments: Client<typeof PaymentService>;
  /** Names this process among the workers. */
  readonly workerId: string;
  readonly log: JobLog;
  readonly deadLetters: DeadLetters;
  /** Events and timers that wait, as of a moment ago. */
  readonly backlog: () => number;
  /** Whether it has looked for work lately. */
  readonly isWell: () => boolean;
}
