import { EmergencyActionType } from '@traffic-tacos/contracts/common/v1';
import { MAINTENANCE, type Switched, stopsAdmissions } from '../../live/index.ts';
import { cancelHolds, cancellationSwitch } from './cancel-holds.ts';
import type { AdminDeps } from './deps.ts';
import type { Task } from './operations.ts';
import { eventId, flag, oneOf, type Parameter, someText } from './parameters.ts';

type Parameters = Readonly<Record<string, string>>;

/** What an action does: which switch it puts on or off, and what it starts. */
export interface Step {
  readonly subject: string;
  readonly on?: string;
  readonly off?: (name: string) => boolean;
  readonly task?: (meta: Pick<Switched, 'actionId' | 'since'>) => Task;
  /** What was done, in English. */
  readonly result: () => Promise<string>;
}

/** One kind of emergency action, as this setup can take it. */
export interface EmergencyKind {
  readonly parameters: readonly Parameter[];
  /** Why it cannot be taken here. */
  readonly impossible?: string;
  step(parameters: Parameters, actionId: string): Step;
}

/** Every kind that the contract has. */
export function emergencyKinds(
  deps: AdminDeps,
): Readonly<Record<Exclude<EmergencyActionType, EmergencyActionType.UNSPECIFIED>, EmergencyKind>> {
  const { switches, queue, services } = deps;
  // Whoever opened that one could not close it again.
  const breakable = services.filter((name) => name !== 'admin');
  return {
    [EmergencyActionType.STOP_ADMISSIONS]: {
      parameters: [eventId(false)],
      step: ({ event_id }) => ({
        subject: event_id === undefined ? 'admissions' : `admissions/${event_id}`,
        on: event_id === undefined ? 'admissions' : `admissions/${event_id}`,
        result: async () => {
          const lines = await queue.stats(event_id);
          const waiting = lines.reduce((sum, line) => sum + line.waiting, 0);
          const where = event_id === undefined ? 'any queue' : `the queue of event "${event_id}"`;
          return `nobody is let in from ${where} until admission_rate of the service queue is set; ${waiting} wait and keep their places`;
        },
      }),
    },
    [EmergencyActionType.CANCEL_RESERVATIONS]: {
      parameters: [eventId(false)],
      step: ({ event_id }, actionId) => ({
        subject: event_id === undefined ? 'reservations' : `reservations/${event_id}`,
        on: cancellationSwitch(actionId, event_id),
        task: ({ since }) => cancelHolds(deps, actionId, { eventId: event_id, until: since }),
        result: async () => '',
      }),
    },
    [EmergencyActionType.CIRCUIT_BREAKER]: {
      parameters: [oneOf('service', breakable), flag('open')],
      step: ({ service = '', open = 'true' }) => {
        const name = `breaker/${service}`;
        const was = switches.isOn(name);
        return open === 'true'
          ? {
              subject: name,
              on: name,
              result: async () =>
                `the circuit breaker to ${service} ${was ? 'was open already and stays so' : 'is open'}: calls to it fail at once`,
            }
          : {
              subject: name,
              off: (other) => other === name,
              result: async () =>
                `the circuit breaker to ${service} ${was ? 'is closed: calls to it are made again' : 'was not open'}`,
            };
      },
    },
    [EmergencyActionType.MAINTENANCE_MODE]: {
      parameters: [flag('enabled')],
      step: ({ enabled = 'true' }) =>
        enabled === 'true'
          ? {
              subject: MAINTENANCE,
              on: MAINTENANCE,
              result: async () =>
                'maintenance: nobody but admins begins anything, nobody is let in; purchases under way can be finished',
            }
          : {
              subject: MAINTENANCE,
              off: (name) => name === MAINTENANCE,
              result: async () =>
                [...switches.list()].some(({ name }) => stopsAdmissions(name))
                  ? 'maintenance is over; admissions are still stopped'
                  : 'maintenance is over',
            },
    },
    [EmergencyActionType.FORCE_FAILOVER]: {
      parameters: [someText('dependency')],
      impossible: 'no dependency of this setup has a standby',
      step: () => {
        throw new Error('no dependency of this setup has a standby');
      },
    },
  };
}
