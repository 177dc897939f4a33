import type { DescService } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import { CatalogService } from '@traffic-tacos/contracts/catalog/v1';
import { HealthStatus } from '@traffic-tacos/contracts/common/v1';
import { ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import {
  createRateLimiter,
  type Gate,
  type LocalTransport,
  type Metrics,
  type RateLimiter,
  serviceCaller,
} from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Settings } from './config/index.ts';
import type { Feed } from './feed/index.ts';
import {
  admissionsStopped,
  emergencyGate,
  MAINTENANCE,
  openLiveConfig,
  openSwitches,
  platformSettings,
  type RecentLines,
  rateLimitSettings,
  rolesOf,
  switchMetrics,
} from './live/index.ts';
import type { Queue } from './queue/index.ts';
import {
  type AdminDeps,
  adminService,
  type Cache,
  diskDependency,
  eventLoopDependency,
  eventsDependency,
  issuerDependency,
  knownEvent,
  metricHistory,
  operations,
  resumeCancellations,
  serviceStates,
  storeDependency,
} from './services/admin/index.ts';
import type { WorkerLoop } from './services/worker/index.ts';
import type { Store } from './store/index.ts';

/** What an administration is made of. */
export interface AdministrationOptions {
  /** As the server is started. */
  readonly settings: Settings;
  readonly store: Store;
  readonly feed: Feed;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly version: string;
  readonly metrics: Metrics;
  readonly local: LocalTransport;
  /** The services that operators know by name. */
  readonly services: readonly DescService[];
  /** Whether callers are held to their rates. */
  readonly limitsRates: boolean;
  readonly logs: RecentLines | undefined;
  /** Reads the settings anew. Default: they cannot have changed. */
  readonly readSettings: (() => Settings) | undefined;
}

/** What of the running platform the administration looks at and acts on. */
export interface Administered {
  readonly queue: Queue;
  readonly worker: Pick<WorkerLoop, 'backlog' | 'isWell'>;
  readonly readStore: () => Promise<unknown>;
  readonly isStoreWell: () => Promise<boolean>;
  readonly caches: readonly Cache[];
  readonly holds: AdminDeps['holds'];
  readonly isPaid: AdminDeps['isPaid'];
}

/** Everything that operators change while the platform runs, as they have left it. */
export interface Administration {
  /** The settings as they are now: to be read when they are needed. */
  readonly settings: Readonly<Settings>;
  /** `undefined` where nobody is held to a rate. */
  readonly rateLimiter: RateLimiter | undefined;
  readonly gate: Gate;
  /** Whether nobody is to be let in from the line of an event. */
  readonly isStopped: (eventId: string) => boolean;
  /** When the maintenance of now began, in epoch milliseconds; `undefined` when there is none. */
  readonly maintenanceSince: () => number | undefined;
  /** The service, once there is a platform to administer. */
  service(platform: Administered): ReturnType<typeof adminService>;
  start(): void;
  close(): Promise<void>;
}

/** Opens what operators have changed earlier. */
export async function openAdministration(options: AdministrationOptions): Promise<Administration> {
  const { store, logger, clock, metrics, local, services } = options;
  const startedAt = performance.now();
  const switches = await openSwitches(store);
  switchMetrics(metrics.registry, switches, services);
  for (const { name, since, by, actionId } of switches.list()) {
    logger.warn(
      { switched: name, since: new Date(since), by, action_id: actionId },
      'an emergency action holds',
    );
  }
  const rateLimiter = options.limitsRates
    ? createRateLimiter({ trustedProxies: options.settings.trustedProxies })
    : undefined;
  const settings = platformSettings(options.settings, (name, now) => {
    if (name === 'logLevel') {
      logger.level = now.logLevel;
    }
  });
  const config = await openLiveConfig({
    store,
    settings: [...settings.live, ...rateLimitSettings(services, rateLimiter)],
    onKept: ({ service, key, value, by, at }, problem) => {
      const kept = {
        of: service === '' ? 'platform' : service,
        config_key: key,
        value,
        by,
        changed_at: new Date(at),
      };
      if (problem === undefined) {
        logger.info(kept, 'a setting that was changed earlier holds');
      } else {
        logger.warn({ ...kept, problem }, 'a setting that was changed earlier does not hold');
      }
    },
  });
  const tasks = operations();
  const history = metricHistory(metrics, clock, (err) =>
    logger.warn({ err }, 'metrics could not be sampled'),
  );
  let deps: AdminDeps | undefined;

  return {
    settings: settings.now,
    rateLimiter,
    gate: emergencyGate(switches, services),
    isStopped: (eventId) => admissionsStopped(switches, eventId),
    maintenanceSince: () => switches.find(MAINTENANCE)?.since,
    service(platform) {
      const as = { as: serviceCaller('admin') };
      deps = {
        ...platform,
        store,
        feed: options.feed,
        clock,
        logger,
        version: options.version,
        startedAt,
        services: rolesOf(services),
        config,
        switches,
        operations: tasks,
        metrics,
        history,
        logs: options.logs,
        dependencies: dependenciesOf(options, platform),
        states: serviceStates({
          services,
          metrics,
          switches,
          isStoreWell: platform.isStoreWell,
          own: own(platform),
        }),
        reread: () => settings.reread((options.readSettings ?? (() => options.settings))()),
        reservations: local.client(ReservationService, as),
        knownEvent: knownEvent(local.client(CatalogService, as) satisfies Client<typeof CatalogService>),
      };
      return adminService(deps);
    },
    start() {
      history.start();
      if (deps !== undefined) {
        resumeCancellations(deps).catch((err) => logger.error({ err }, 'cancellations could not go on'));
      }
    },
    async close() {
      history.stop();
      await tasks.close();
    },
  };
}

function dependenciesOf({ settings, store, clock }: AdministrationOptions, { readStore }: Administered) {
  const where = settings.memory ? 'memory' : settings.data;
  return [
    storeDependency(where, readStore),
    eventsDependency(where, store, clock),
    eventLoopDependency(),
    ...(settings.memory ? [] : [diskDependency(settings.data)]),
    ...(settings.authJwksUrl === '' ? [] : [issuerDependency(settings.authJwksUrl)]),
  ];
}

/** What the services say of themselves. */
function own({ queue, worker }: Administered): Parameters<typeof serviceStates>[0]['own'] {
  return {
    queue: async () => {
      const lines = await queue.stats();
      const total = (read: (line: (typeof lines)[number]) => number) =>
        String(lines.reduce((sum, line) => sum + read(line), 0));
      return {
        metrics: { waiting: total(({ waiting }) => waiting), active: total(({ active }) => active) },
      };
    },
    worker: async () => ({
      metrics: { backlog: String(worker.backlog()) },
      findings: worker.isWell()
        ? []
        : [{ status: HealthStatus.UNHEALTHY, issue: 'the worker does not run, or cannot read what is due' }],
    }),
  };
}
