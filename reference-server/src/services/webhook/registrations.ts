import type { Store } from '../../store/index.ts';
import type { RegisteredEvent, Registration } from './registration.ts';
import { registrationTable } from './tables.ts';

/** Registrations of one page. */
const BATCH = 100;

/** Everybody who has registered for an event by the time that they are asked for. */
export type RegistrationsFor = (event: RegisteredEvent) => Promise<readonly Registration[]>;

/**
 * Looks up registrations. Whoever asks while a look is under way shares the next one with all others who do: one that
 * began earlier may lack who has registered since.
 */
export function registrationsIn(store: Store): RegistrationsFor {
  const looks = new Map<RegisteredEvent, Look>();

  return (event) => {
    const look = looks.get(event);
    if (look !== undefined) {
      look.next ??= look.ended.then(() => start(event));
      return look.next;
    }
    return start(event);
  };

  function start(event: RegisteredEvent): Promise<readonly Registration[]> {
    const found = all(store, event);
    const look: Look = { ended: found.then(ignore, ignore), next: undefined };
    looks.set(event, look);
    look.ended.then(() => {
      if (look.next === undefined) {
        looks.delete(event);
      }
    });
    return found;
  }
}

/** The look that is under way for an event. */
interface Look {
  readonly ended: Promise<void>;
  /** The one after it, where somebody waits for that. */
  next: Promise<readonly Registration[]> | undefined;
}

function ignore(): void {}

async function all(store: Store, event: RegisteredEvent): Promise<readonly Registration[]> {
  const found: Registration[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query(registrationTable, event, {
      partition: 'all',
      limit: BATCH,
      ...(cursor !== undefined && { cursor }),
    });
    found.push(...page.items.map(({ value }) => value));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
