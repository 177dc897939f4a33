import { hostname } from 'node:os';
import type { Client } from '@connectrpc/connect';
import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { PaymentService } from '@traffic-tacos/contracts/payment/v1';
import { InventoryService, ReservationService, WorkerService } from '@traffic-tacos/contracts/reservation/v1';
import {
  type Caller,
  type CloseOptions,
  createLocalTransport,
  createMetrics,
  createServer,
  type Server,
  serviceCaller,
} from '@traffic-tacos/server';
import type { Logger } from 'pino';
import { administered } from './administered-services.ts';
import { openAdministration } from './administration.ts';
import { API } from './api-description.ts';
import { authenticationOf } from './authentication.ts';
import type { Settings } from './config/index.ts';
import { type DeadLetters, deadLetters } from './deliveries/index.ts';
import { reservationTokens } from './domain/token/index.ts';
import { outboxSource, outboxTable } from './events/index.ts';
import { announcement, announcingStore, memoryFeed } from './feed/index.ts';
import { storedIdempotency } from './idempotency-store.ts';
import { keptSecret, secretTable } from './kept-secret.ts';
import type { RecentLines } from './live/index.ts';
import { observedStore } from './observed-store.ts';
import { type OutgoingWebhooks, outgoingWebhooks } from './outgoing-webhooks.ts';
import { platformMetrics } from './platform-metrics.ts';
import { platformServices } from './platform-services.ts';
import { pressureOf } from './pressure.ts';
import { probe } from './probe.ts';
import { openEmbeddedQueue } from './queue/embedded/index.ts';
import { defaultQueueTimes } from './queue/index.ts';
import { reachableStore } from './reachable-store.ts';
import { readTls } from './read-tls.ts';
import { reservationStatusCounter } from './reservation-status-counter.ts';
import { isOn, serverOptions } from './server-options.ts';
import { eventSource } from './services/catalog/event-source.ts';
import { tidyEvent } from './services/catalog/index.ts';
import {
  type PaymentDeps,
  paymentChanges,
  settleDuePayment,
  takeInResult,
} from './services/payment/index.ts';
import { queueEventListener } from './services/queue/index.ts';
import { admissionCheck } from './services/reservation/admission-check.ts';
import { type ReservationDeps, reservationChanges } from './services/reservation/index.ts';
import { alarms as alarmsOf } from './services/shared/alarms.ts';
import { behind } from './services/shared/behind.ts';
import { destinationTable, takeInAgain } from './services/webhook/index.ts';
import {
  givingUp,
  jobLog,
  paymentConsumer,
  refundConsumer,
  returnRefundedSeats,
  type WorkerDeps,
  workerLoop,
} from './services/worker/index.ts';
import { simulatorSettings } from './simulator-settings.ts';
import type { Store } from './store/index.ts';
import { timerSource, timerTable } from './timers/index.ts';

/** Everything that one process runs. */
export interface Platform {
  readonly server: Server;
  readonly catalog: Client<typeof CatalogService>;
  /** What was given up: events and timers of the worker, and webhooks. */
  readonly deadLetters: {
    readonly work: DeadLetters;
    readonly webhooks: OutgoingWebhooks['deadLetters'];
  };
  /** Starts the worker. */
  start(): void;
  /** Takes no more calls, finishes those that run and the worker's work, and closes the store. */
  close(options?: CloseOptions): Promise<void>;
}

/** What a platform is made of. */
export interface PlatformOptions {
  readonly settings: Settings;
  readonly store: Store;
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly version: string;
  /** The lines of the log, where they are kept for operators to search. */
  readonly logs?: RecentLines | undefined;
  /** Reads the settings anew. */
  readonly readSettings?: (() => Settings) | undefined;
}

/**
 * Wires every service to the others. In one process they call one another directly, each through its
 * contract, so that what is here in one process can be split.
 */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { settings: started, logger, clock, version } = options;
  // First what can be wrong with the settings: nothing runs yet that would have to be stopped.
  const tls = await readTls(started);
  const authenticate = await authenticationOf(started, { logger, clock });
  const local = createLocalTransport();
  const others = behind(local);
  const alarms = alarmsOf(clock);
  const feed = memoryFeed({ clock });
  const metrics = createMetrics();
  const observed = reachableStore(observedStore(options.store, metrics.registry));
  const store = announcingStore(observed, [
    reservationChanges(feed),
    paymentChanges(feed),
    announcement(outboxTable, (event) => loop.offerEvent(event)),
    announcement(timerTable, (timer) => loop.offerTimer(timer)),
    announcement(destinationTable, ({ value }) => webhooks.offer(value)),
  ]);
  const administration = await openAdministration({
    ...options,
    store,
    feed,
    local,
    metrics,
    services: administered,
    limitsRates: isOn(started.rateLimits, started),
    logs: options.logs,
    readSettings: options.readSettings,
  });
  const { settings } = administration;
  const secrets =
    settings.tokenSecrets.length > 0 ? settings.tokenSecrets : [await keptSecret(store, 'queue-tokens')];
  const as = (name: string) => ({ as: serviceCaller(name) });

  const pressure = pressureOf({ slowMs: settings.slowServiceMs, clock, registry: metrics.registry });
  const queue = await openEmbeddedQueue({
    store,
    clock,
    settings: {
      admissionRatePerMinute: () => settings.admissionRate,
      admissionShare: pressure.share,
      maxActiveBuyers: () => settings.maxActiveBuyers,
      maxWaiting: () => settings.maxWaiting,
      maxEarlyPerOrigin: () => settings.maxEarlyPlaces,
      ...defaultQueueTimes,
      get tokenTtlMs() {
        return settings.reservationTokenSeconds * 1000;
      },
      isStopped: administration.isStopped,
    },
    onFailure: (error) => logger.error({ err: error }, 'the queue could not let buyers in; it tries again'),
  });
  const webhooks = await outgoingWebhooks({
    settings,
    store,
    clock,
    alarms,
    logger,
    registry: metrics.registry,
  });
  const payment: PaymentDeps = {
    store,
    clock,
    reservations: others.client(ReservationService, as('payment')),
    events: eventSource({ catalog: others.client(CatalogService, as('payment')), clock, feed }),
    simulator: simulatorSettings(settings),
    webhooks: webhooks.payments,
    settings,
  };
  const onState = reservationStatusCounter(metrics.registry);
  const reservation: ReservationDeps = {
    store,
    clock,
    onState,
    inventory: others.client(InventoryService, as('reservation')),
    payments: others.client(PaymentService, as('reservation')),
    admission: admissionCheck(reservationTokens(secrets), clock),
    settings: {
      requireReservationToken: settings.profile === 'strict',
      get maxExtensionSeconds() {
        return settings.maxExtensionSeconds;
      },
    },
  };
  const log = jobLog(clock);
  const givenUp = deadLetters({ store, clock, sources: [outboxSource, timerSource] });
  const worker: WorkerDeps = {
    store,
    clock,
    onState,
    reservations: local.client(ReservationService, as('worker')),
    inventory: local.client(InventoryService, as('worker')),
    payments: local.client(PaymentService, as('worker')),
    workerId: `worker-${hostname().replaceAll(/[^A-Za-z0-9_.:-]/g, '-')}-${process.pid}`,
    log,
    deadLetters: givenUp,
    backlog: () => loop.backlog(),
    isWell: () => loop.isWell(),
  };
  const workerClient = local.client(WorkerService, as('worker'));
  const loop = workerLoop({
    store,
    clock,
    log,
    logger,
    worker: workerClient,
    settlePayment: (intentId) => settleDuePayment(payment, intentId),
    tidyEvent: (eventId) => tidyEvent({ store, clock }, eventId),
    takeInNews: (timer) =>
      takeInAgain({ store, takeIn: (news, record) => takeInResult(payment, news, record) }, timer),
    consumers: [
      paymentConsumer(workerClient, store),
      refundConsumer((refunded) => givingUp(returnRefundedSeats(worker, refunded, {}))),
      queueEventListener(queue),
      webhooks.onEvent,
    ],
  });
  platformMetrics(metrics.registry, {
    store,
    clock,
    queue,
    backlog: () => loop.backlog(),
    deadLetters: () => givenUp.count(),
    dir: settings.memory ? undefined : settings.data,
  });
  // What is not there has to be asked for every time, so that it is the store that answers.
  const storeAnswers = probe(() => store.get(secretTable, 'none'), STORE_PROBE_MS);
  const services = platformServices({
    store,
    local: others,
    clock,
    settings,
    secrets,
    authenticate,
    alarms,
    feed,
    queue,
    pressure,
    webhooks,
    payment,
    reservation,
    worker,
    loop,
    administration,
    storeAnswers,
    registry: metrics.registry,
    version,
  });
  const server = createServer({
    ...serverOptions(settings),
    openApi: { ...API, version },
    services,
    local,
    logger,
    clock,
    idempotency: storedIdempotency(store),
    fingerprintSecret: await keptSecret(store, 'fingerprints'),
    authenticate,
    tls,
    rateLimits: administration.rateLimiter ?? false,
    gate: administration.gate,
    metrics,
    ready: storeAnswers,
    // Until then it is as necessary as ever: holds lapse, payments get their answers.
    onDrain: async () => {
      await administration.close();
      await Promise.all([loop.stop(), webhooks.stop()]);
    },
    onClose: async () => {
      await queue.close();
      await store.close();
    },
  });
  return {
    server,
    catalog: local.client(CatalogService, { as: operator }),
    deadLetters: { work: givenUp, webhooks: webhooks.deadLetters },
    start: () => {
      loop.start();
      webhooks.start();
      administration.start();
    },
    close: (how) => server.close(how),
  };
}

/** Whoever runs this process. */
const operator: Caller = { kind: 'admin', id: 'operator', scopes: [], actsForAnyone: true };

/** Milliseconds the store has to answer a probe. */
const STORE_PROBE_MS = 1_000;
