import { OperationType } from '@traffic-tacos/contracts/common/v1';
import { counted } from './counted.ts';
import type { AdminDeps } from './deps.ts';
import type { Task } from './operations.ts';
import { eventId, type Parameter, whole } from './parameters.ts';

/** One kind of operation, as this setup can carry it out. */
export interface OperationKind {
  readonly parameters: readonly Parameter[];
  /** The services it concerns; all of them where it does not say. */
  readonly services?: readonly string[];
  /** Why it cannot be done here. */
  readonly impossible?: string;
  /** What would be done, in English. */
  plan(target: string, parameters: Readonly<Record<string, string>>): Promise<string>;
  /** Does it. Its name tells apart what must not run twice at the same time. */
  task(target: string, parameters: Readonly<Record<string, string>>): Omit<Task, 'id'>;
}

/** Every kind that the contract has. */
export function operationKinds(
  deps: Pick<AdminDeps, 'caches' | 'queue' | 'reread'>,
): Readonly<Record<Exclude<OperationType, OperationType.UNSPECIFIED>, OperationKind>> {
  const { queue, reread } = deps;
  const cachesOf = (target: string) =>
    deps.caches.filter(({ service }) => target === '' || service === target);

  return {
    [OperationType.CLEAR_CACHE]: {
      parameters: [],
      plan: async (target) =>
        cachesOf(target).length === 0
          ? noCache(target)
          : `would clear the caches of ${namesOf(cachesOf(target))}`,
      task: (target) => ({
        name: `CLEAR_CACHE ${target}`,
        run: async () => {
          const told = cachesOf(target).map(
            (cache) => `${counted(cache.clear(), 'entry', 'entries')} of ${cache.service}`,
          );
          return told.length === 0 ? noCache(target) : `cleared ${told.join(', ')}`;
        },
      }),
    },
    [OperationType.DRAIN_QUEUE]: {
      parameters: [eventId(true)],
      services: ['queue'],
      plan: async (_, { event_id = '' }) =>
        `would remove ${counted(await waitingIn(queue, event_id), 'waiting buyer')} from the line of event "${event_id}"`,
      task: (_, { event_id = '' }) => ({
        name: `DRAIN_QUEUE ${event_id}`,
        run: async (signal, progress) => {
          const given = await queue.drain(event_id, {
            signal,
            onProgress: (count) => progress(`${removed(count, event_id)} so far`),
          });
          return removed(given, event_id);
        },
      }),
    },
    [OperationType.REFRESH_CONFIG]: {
      parameters: [],
      plan: async () => 'would read the settings again, from files and environment',
      task: () => ({
        name: 'REFRESH_CONFIG',
        run: async () => {
          const changed = reread();
          return changed.length === 0
            ? 'read again: no setting has changed'
            : `read again; changed: ${changed.join(', ')}`;
        },
      }),
    },
    [OperationType.RESTART_SERVICE]: unmanaged(
      [],
      'all services run in one process, and nothing here would start it again',
    ),
    [OperationType.FORCE_SCALE]: unmanaged(
      [whole('replicas', 0, 10_000)],
      'all services run in one process, which cannot be started several times from here',
    ),
  };
}

function unmanaged(parameters: readonly Parameter[], impossible: string): OperationKind {
  const never = (): never => {
    throw new Error(impossible);
  };
  return { parameters, impossible, plan: never, task: never };
}

function namesOf(caches: readonly { readonly service: string }[]): string {
  return [...new Set(caches.map(({ service }) => service))].join(', ');
}

function noCache(target: string): string {
  return `nothing to clear: ${target === '' ? 'no service' : `the service ${target}`} has ${target === '' ? 'a' : 'no'} cache`;
}

function removed(count: number, event: string): string {
  return `${counted(count, 'buyer')} removed from the line of event "${event}"`;
}

async function waitingIn(queue: Pick<AdminDeps['queue'], 'stats'>, event: string): Promise<number> {
  const [line] = await queue.stats(event);
  return line?.waiting ?? 0;
}
