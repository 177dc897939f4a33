import { OperationType } from '@traffic-tacos/contracts/common/v1';
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
      plan: async (target) => `would forget what ${namesOf(cachesOf(target))} keep in memory`,
      task: (target) => ({
        name: `CLEAR_CACHE ${target}`,
        run: async () => {
          const told = cachesOf(target).map((cache) => `${cache.service}: ${cache.clear()} entries`);
          return told.length === 0 ? 'nothing is kept in memory there' : `forgotten: ${told.join(', ')}`;
        },
      }),
    },
    [OperationType.DRAIN_QUEUE]: {
      parameters: [eventId(true)],
      services: ['queue'],
      plan: async (_, { event_id = '' }) =>
        `would take their places from ${await waitingIn(queue, event_id)} waiting for event "${event_id}"`,
      task: (_, { event_id = '' }) => ({
        name: `DRAIN_QUEUE ${event_id}`,
        run: async (signal, progress) => {
          const given = await queue.drain(event_id, {
            signal,
            onProgress: (count) => progress(`${count} places of event "${event_id}" given up so far`),
          });
          return `${given} places of event "${event_id}" given up`;
        },
      }),
    },
    [OperationType.REFRESH_CONFIG]: {
      parameters: [],
      plan: async () => 'would read the settings from files and environment again',
      task: () => ({
        name: 'REFRESH_CONFIG',
        run: async () => {
          const changed = reread();
          return changed.length === 0 ? 'no setting has another value' : `read anew: ${changed.join(', ')}`;
        },
      }),
    },
    [OperationType.RESTART_SERVICE]: unmanaged(
      [],
      'all services run in one process that nothing starts again',
    ),
    [OperationType.FORCE_SCALE]: unmanaged(
      [whole('replicas', 0, 10_000)],
      'all services run in one process, of which there is one instance',
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
  return caches.length === 0 ? 'no services' : [...new Set(caches.map(({ service }) => service))].join(', ');
}

async function waitingIn(queue: Pick<AdminDeps['queue'], 'stats'>, event: string): Promise<number> {
  const [line] = await queue.stats(event);
  return line?.waiting ?? 0;
}
