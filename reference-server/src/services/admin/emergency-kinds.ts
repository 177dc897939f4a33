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

/** How admissions go on again. */
const TO_RESUME = 'to let buyers in again, set admission_rate of the service queue';

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
          const where = event_id === undefined ? 'all events' : `event "${event_id}"`;
          return `admissions to ${where} are stopped; ${waiting === 1 ? '1 buyer waits and keeps the place' : `${waiting} buyers wait and keep their places`}; ${TO_RESUME}`;
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
                `the circuit breaker to ${service} ${was ? 'was open already' : 'is open'}: calls to it fail at once, until this action is taken with open = false`,
            }
          : {
              subject: name,
              off: (other) => other === name,
              result: async () =>
                `the circuit breaker to ${service} ${was ? 'is closed: calls to it are made again' : 'was not open: nothing has changed'}`,
            };
      },
    },
    [EmergencyActionType.MAINTENANCE_MODE]: {
      parameters: [flag('enabled')],
      step: ({ enabled = 'true' }) => {
        const was = switches.isOn(MAINTENANCE);
        return enabled === 'true'
          ? {
              subject: MAINTENANCE,
              on: MAINTENANCE,
              result: async () =>
                `maintenance ${was ? 'goes on' : 'has begun'}: nobody is let in, and only admins can begin anything new; purchases under way can be finished. It ends when this action is taken with enabled = false`,
            }
          : {
              subject: MAINTENANCE,
              off: (name) => name === MAINTENANCE,
              result: async () => {
                const stopped = switches.list().some(({ name }) => stopsAdmissions(name));
                const over = was ? 'maintenance is over' : 'there was no maintenance: nothing has changed';
                return stopped ? `${over}; admissions are still stopped; ${TO_RESUME}` : over;
              },
            };
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
