import { statfs } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { HealthStatus } from '@traffic-tacos/contracts/common/v1';
import { outboxTable } from '../../events/index.ts';
import type { Store } from '../../store/index.ts';
import type { Clock } from '../shared/time.ts';

/** What a check has found. */
export interface Finding {
  readonly status: HealthStatus;
  /** What is wrong, in one sentence; missing when nothing is. */
  readonly issue?: string;
}

/** Something behind the services. */
export interface Dependency {
  readonly name: string;
  /** Where it is. */
  readonly endpoint: string;
  /** Whether no ticket can be bought without it. */
  readonly isVital: boolean;
  check(): Promise<Finding>;
}

/** A dependency as it was found. */
export interface Checked extends Finding {
  readonly dependency: Dependency;
  readonly tookMs: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Milliseconds a check may take: what the call's deadline leaves. */
const CHECK_MS = 400;

const healthy: Finding = { status: HealthStatus.HEALTHY };

/** Checks a dependency, which does not throw and takes no longer than a call can wait. */
export async function checked(dependency: Dependency, clock: Clock): Promise<Checked> {
  const startedAt = performance.now();
  const stop = new AbortController();
  const late = pause(CHECK_MS, undefined, { signal: stop.signal }).then(
    (): Finding => ({
      status: HealthStatus.UNKNOWN,
      issue: `${dependency.name} has not answered within ${CHECK_MS} ms`,
    }),
  );
  late.catch(() => undefined);
  const failed = (): Finding => ({
    status: HealthStatus.UNHEALTHY,
    issue: `the check of ${dependency.name} failed`,
  });
  const finding = await Promise.race([dependency.check().catch(failed), late]);
  stop.abort();
  return { ...finding, dependency, tookMs: performance.now() - startedAt, at: clock() };
}

/** Milliseconds within which a store has to answer by the contract. */
const STORE_MS = 100;

/** The store, by a read of its own. */
export function storeDependency(endpoint: string, read: () => Promise<unknown>): Dependency {
  return {
    name: 'store',
    endpoint,
    isVital: true,
    async check() {
      const startedAt = performance.now();
      await read();
      const tookMs = Math.round(performance.now() - startedAt);
      return tookMs <= STORE_MS
        ? healthy
        : { status: HealthStatus.DEGRADED, issue: `the store took ${tookMs} ms for a read` };
    },
  };
}

const MIB = 1024 * 1024;
/** Free bytes below which a data folder fills up soon, and below which a write may fail any time. */
const SCARCE = 1024 * MIB;
const NEARLY_NONE = 64 * MIB;

/** The disk that the data is on, by what is free of it. */
export function diskDependency(folder: string): Dependency {
  return {
    name: 'disk',
    endpoint: folder,
    isVital: false,
    async check() {
      const { bavail, bsize } = await statfs(folder);
      const free = bavail * bsize;
      const issue = `${Math.floor(free / MIB)} MiB are left on the disk of ${folder}`;
      if (free < NEARLY_NONE) {
        return { status: HealthStatus.UNHEALTHY, issue };
      }
      return free < SCARCE ? { status: HealthStatus.DEGRADED, issue } : healthy;
    },
  };
}

/** Milliseconds an event may be due before its listeners are late, and before they may be taken for dead. */
const EVENTS_LATE_MS = 5_000;
const EVENTS_STUCK_MS = 60_000;

/** The outbox, by how long its oldest event is due. */
export function eventsDependency(endpoint: string, store: Store, clock: Clock): Dependency {
  return {
    name: 'events',
    endpoint,
    isVital: false,
    async check() {
      const { items } = await store.query(outboxTable, 'due', { partition: 'all', to: clock(), limit: 1 });
      const lateMs = items[0] === undefined ? 0 : clock() - items[0].value.dueAt;
      const issue = `the oldest event has been due for ${Math.round(lateMs / 1000)} s`;
      if (lateMs > EVENTS_STUCK_MS) {
        return { status: HealthStatus.UNHEALTHY, issue };
      }
      return lateMs > EVENTS_LATE_MS ? { status: HealthStatus.DEGRADED, issue } : healthy;
    },
  };
}

const LOOP_PROBE_MS = 20;
/** Milliseconds by which the event loop may be late before calls are refused for it, and before none is in time. */
const LOOP_LATE_MS = 50;
const LOOP_STUCK_MS = 500;

/** The event loop of this process, by how late a timer is. */
export function eventLoopDependency(): Dependency {
  return {
    name: 'event_loop',
    endpoint: `process ${process.pid}`,
    isVital: false,
    async check() {
      const startedAt = performance.now();
      await pause(LOOP_PROBE_MS);
      const lateMs = Math.round(performance.now() - startedAt - LOOP_PROBE_MS);
      const issue = `the event loop is ${lateMs} ms late`;
      if (lateMs > LOOP_STUCK_MS) {
        return { status: HealthStatus.UNHEALTHY, issue };
      }
      return lateMs > LOOP_LATE_MS ? { status: HealthStatus.DEGRADED, issue } : healthy;
    },
  };
}

/** The identity provider, by its key set. Keys that are known go on working without it. */
export function issuerDependency(jwksUrl: string): Dependency {
  return {
    name: 'issuer',
    endpoint: jwksUrl,
    isVital: false,
    async check() {
      const missing: Finding = {
        status: HealthStatus.DEGRADED,
        issue: `${jwksUrl} does not answer with keys`,
      };
      const response = await fetch(jwksUrl, {
        signal: AbortSignal.timeout(CHECK_MS),
        redirect: 'error',
      }).catch(() => undefined);
      await response?.body?.cancel();
      return response?.ok ? healthy : missing;
    },
  };
}
