import type { Client } from '@connectrpc/connect';
import {
  PaymentResultType,
  ProcessingStatus,
  type WorkerService,
} from '@traffic-tacos/contracts/reservation/v1';
import type { Logger } from 'pino';
import { type DomainEvent, type EventHandler, outboxPump } from '../../events/index.ts';
import type { Store } from '../../store/index.ts';
import { runDueTimers, type Timer } from '../../timers/index.ts';
import { type Clock, timestampOf } from '../shared/time.ts';
import type { JobLog } from './job-log.ts';

/** Takes due timers and events and has the worker service process them. */
export interface WorkerLoop {
  start(): void;
  /** Takes no more, and waits for what is being processed. */
  stop(): Promise<void>;
  /** Events and timers found waiting the last time it looked. */
  backlog(): number;
  /** Whether it runs and has lately found out what is due. */
  isWell(): boolean;
}

/** Milliseconds between two looks when nothing is waiting. */
const IDLE_MS = 20;

/** Milliseconds without a look at the store after which the worker is not well. */
const UNWELL_MS = 10_000;

/** Events or timers taken at once. */
const BATCH = 256;

/** A loop over the timers and the outbox of a store. */
export function workerLoop(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly worker: Client<typeof WorkerService>;
  /** Lets the payment gateway answer. */
  readonly settlePayment: (intentId: string) => Promise<void>;
  /** Others who want to know of events. */
  readonly listeners: readonly EventHandler[];
  readonly log: JobLog;
  readonly logger: Logger;
}): WorkerLoop {
  const { store, clock, worker, log, logger } = options;
  let stopped = false;
  let running: Promise<void> | undefined;
  let waiting = 0;
  let lookedAt = 0;

  const logged = async (id: string, type: string, work: () => Promise<void>): Promise<void> => {
    const ended = log.begin(id, type);
    try {
      await work();
      ended(true);
    } catch (error) {
      ended(false);
      throw error;
    }
  };

  const onPayment: EventHandler = async (event) => {
    const result = RESULTS[event.name];
    if (result === undefined || event.reservationId === undefined || event.paymentIntentId === undefined) {
      return;
    }
    const { status, error } = await worker.processPaymentResult({
      reservationId: event.reservationId,
      paymentIntentId: event.paymentIntentId,
      resultType: result,
      correlationId: event.id,
    });
    refuseUnprocessed(status, error?.message);
  };

  const pump = outboxPump({
    store,
    clock,
    handlers: [
      (event) =>
        logged(jobId(event.id), event.name, async () => {
          await Promise.all([onPayment, ...options.listeners].map((handle) => handle(event)));
        }),
    ],
    onFailure: (event: DomainEvent, attempts, error) => {
      logger.warn(
        { err: error, event: event.name, event_id: event.id, attempts },
        'an event was not processed',
      );
    },
  });

  const timers: Record<Timer['kind'], (timer: Timer) => Promise<void>> = {
    'reservation-expiry': async (timer) => {
      const { status, error } = await worker.processReservationExpiry({
        reservationId: timer.subject,
        expiredAt: timestampOf(timer.dueAt),
        correlationId: `expiry/${timer.subject}/${timer.dueAt}`,
      });
      refuseUnprocessed(status, error?.message);
    },
    'payment-due': (timer) => options.settlePayment(timer.subject),
  };

  const turn = async (): Promise<number> => {
    const [due, delivered] = await Promise.all([
      runDueTimers({
        store,
        clock,
        limit: BATCH,
        handlers: {
          'reservation-expiry': (timer) =>
            logged(jobId(timer.subject), timer.kind, () => timers['reservation-expiry'](timer)),
          'payment-due': (timer) =>
            logged(jobId(timer.subject), timer.kind, () => timers['payment-due'](timer)),
        },
        onFailure: (timer, error) => {
          logger.warn(
            { err: error, timer: timer.kind, subject: timer.subject },
            'a timer was not carried out',
          );
        },
      }),
      pump.deliverDue(BATCH),
    ]);
    return due + delivered;
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      try {
        waiting = await turn();
        lookedAt = performance.now();
      } catch (error) {
        logger.error({ err: error }, 'the worker could not read what is due');
        waiting = 0;
      }
      if (waiting === 0 && !stopped) {
        await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      }
    }
  };

  return {
    start() {
      lookedAt = performance.now();
      running ??= run();
    },
    async stop() {
      stopped = true;
      await running;
    },
    backlog: () => waiting,
    isWell: () => running !== undefined && !stopped && performance.now() - lookedAt < UNWELL_MS,
  };
}

const RESULTS: Readonly<Partial<Record<DomainEvent['name'], PaymentResultType>>> = {
  'payment.approved': PaymentResultType.APPROVED,
  'payment.failed': PaymentResultType.FAILED,
};

/** Ids of jobs are made of the characters that ids may have. */
function jobId(id: string): string {
  return id.replaceAll('/', ':');
}

function refuseUnprocessed(status: ProcessingStatus, message: string | undefined): void {
  if (status !== ProcessingStatus.SUCCESS && status !== ProcessingStatus.SKIPPED) {
    throw new Error(message ?? `processing ended with ${ProcessingStatus[status]}`);
  }
}
