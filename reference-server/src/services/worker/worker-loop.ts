import type { Client } from '@connectrpc/connect';
import type { WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import type { Logger } from 'pino';
import { type DueWork, dueLoop, type FailedTry } from '../../deliveries/index.ts';
import {
  deliver,
  type EventHandler,
  type OutboxEntry,
  outboxSource,
  takingAway,
} from '../../events/index.ts';
import type { Item, Store } from '../../store/index.ts';
import { type Timer, timerSource } from '../../timers/index.ts';
import { type Clock, timestampOf } from '../shared/time.ts';
import type { JobLog } from './job-log.ts';
import { givingUp, refuseUnprocessed } from './refuse-unprocessed.ts';

/** Takes due timers and events and has the worker service process them. */
export interface WorkerLoop {
  start(): void;
  /** Takes no more, and waits for what is being processed. */
  stop(): Promise<void>;
  /** Takes an event that was just written, so that nobody has to look for it. */
  offerEvent(event: Item<OutboxEntry>): void;
  /** Takes a timer that was just written: it is waited for from now on. */
  offerTimer(timer: Item<Timer>): void;
  /** Events and timers found waiting the last time it looked. */
  backlog(): number;
  /** Whether it runs and has lately found out what is due. */
  isWell(): boolean;
}

/** Milliseconds between two looks at the timers, if that many are written that are due soon. */
const TIMERS_MS = 20;

/** Milliseconds between two looks at the outbox: those who write events offer them. */
const EVENTS_MS = 200;

/** A loop over the timers and the outbox of a store. */
export function workerLoop(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly worker: Client<typeof WorkerService>;
  /** Lets the payment gateway answer. */
  readonly settlePayment: (intentId: string) => Promise<void>;
  /** Has the catalog remove what it does not need any more of an event. */
  readonly tidyEvent: (eventId: string) => Promise<void>;
  /** Takes in news of a payment that was given up before. */
  readonly takeInNews: (timer: Timer) => Promise<void>;
  /** All who want to know of events. An event is done when all of them have succeeded. */
  readonly consumers: readonly EventHandler[];
  readonly log: JobLog;
  readonly logger: Logger;
}): WorkerLoop {
  const { store, clock, worker, log, logger } = options;

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

  const onFailure = ({ attempts, error, givenUp }: FailedTry<DueWork>, work: object): void => {
    const fields = { err: error, attempts, ...work };
    if (givenUp) {
      logger.error(fields, 'work was given up: it waits among the dead letters');
    } else {
      logger.warn(fields, 'work was not done; it is tried again');
    }
  };

  const onBlind = (error: unknown): void => {
    logger.error({ err: error }, 'the worker could not read what is due');
  };

  const takeAway = takingAway(store);
  const events = dueLoop({
    store,
    clock,
    source: outboxSource,
    shortestMs: EVENTS_MS,
    onBlind,
    handle: (item) => {
      const { event } = item.value;
      return logged(jobId(event.id), event.name, () => deliver(takeAway, options.consumers, item));
    },
    onFailure: (failed) => {
      const { name, id } = failed.work.event;
      onFailure(failed, { event: name, event_id: id });
    },
  });

  const carryOut: Record<Timer['kind'], (timer: Timer) => Promise<void>> = {
    'reservation-expiry': async ({ subject, dueAt, attempts, replays = 0 }) => {
      const replay = replays === 0 ? '' : `/replay/${replays}`;
      refuseUnprocessed(
        await worker.processReservationExpiry({
          reservationId: subject,
          expiredAt: timestampOf(dueAt),
          correlationId: `expiry/${subject}/${dueAt}${replay}`,
          retryCount: attempts,
        }),
      );
    },
    'payment-due': (timer) => options.settlePayment(timer.subject),
    'event-parts': (timer) => options.tidyEvent(timer.subject),
    'payment-news': (timer) => givingUp(options.takeInNews(timer)),
  };

  const timers = dueLoop({
    store,
    clock,
    source: timerSource,
    shortestMs: TIMERS_MS,
    onBlind,
    handle: ({ value: timer }) => logged(jobId(timer.subject), timer.kind, () => carryOut[timer.kind](timer)),
    onFailure: (failed) => {
      onFailure(failed, { timer: failed.work.kind, subject: failed.work.subject });
    },
  });

  return {
    start() {
      timers.start();
      events.start();
    },
    async stop() {
      await Promise.all([timers.stop(), events.stop()]);
    },
    offerEvent: events.offer,
    offerTimer: timers.offer,
    backlog: () => timers.backlog() + events.backlog(),
    isWell: () => timers.isWell() && events.isWell(),
  };
}

/** Ids of jobs are made of the characters that ids may have. */
function jobId(id: string): string {
  return id.replaceAll('/', ':');
}
