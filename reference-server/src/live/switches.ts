import { put, remove, type Store, table, type Write } from '../store/index.ts';
import { serially } from './serially.ts';

/** The switch that is on during maintenance. */
export const MAINTENANCE = 'maintenance';

/** Something that was switched on in an emergency, and stays so until it is switched off. */
export interface Switched {
  /** `maintenance`, `admissions`, `admissions/<event id>` or `breaker/<service>`. */
  readonly name: string;
  /** Names the emergency action. */
  readonly actionId: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly by: string;
}

/** What is switched on, also after a restart. */
export const switchTable = table<Switched>('emergency_switch');

/** The switches of a server. Asking costs next to nothing while all of them are off. */
export interface Switches {
  /** Whether any is on. */
  any(): boolean;
  isOn(name: string): boolean;
  /** What is on under a name. */
  find(name: string): Switched | undefined;
  list(): readonly Switched[];
  /**
   * Switches on and off; holds once it is written down. Changes happen one after the other.
   *
   * @param off Which of those that are on go off.
   * @param commit Writes it down, in one transaction with what belongs to it.
   */
  change(change: {
    readonly on?: Switched;
    readonly off?: (name: string) => boolean;
    readonly commit: (writes: readonly Write[]) => Promise<unknown>;
  }): Promise<void>;
}

/** The switches as they were left. */
export async function openSwitches(store: Store): Promise<Switches> {
  const on = new Map<string, Switched>();
  const inTurn = serially();
  for await (const { key, value } of store.scan(switchTable)) {
    on.set(key, value);
  }
  return {
    any() {
      return on.size > 0;
    },
    isOn: (name) => on.has(name),
    find: (name) => on.get(name),
    list: () => [...on.values()],
    change: ({ on: switched, off = () => false, commit }) =>
      inTurn(async () => {
        const ended = [...on.keys()].filter((name) => name !== switched?.name && off(name));
        await commit([
          ...ended.map((name) => remove(switchTable, name)),
          ...(switched === undefined ? [] : [put(switchTable, switched.name, switched)]),
        ]);
        for (const name of ended) {
          on.delete(name);
        }
        if (switched !== undefined) {
          on.set(switched.name, switched);
        }
      }),
  };
}

/** Whether nobody is to be let in from the line of an event. */
export function admissionsStopped(switches: Switches, eventId: string): boolean {
  // Whoever were let in during maintenance would only lose their place.
  return (
    switches.any() &&
    (switches.isOn('admissions') || switches.isOn(`admissions/${eventId}`) || switches.isOn(MAINTENANCE))
  );
}

/** Whether a switch stops admissions: all, or those of one event. Maintenance is not among them. */
export function stopsAdmissions(name: string): boolean {
  return name === 'admissions' || name.startsWith('admissions/');
}
