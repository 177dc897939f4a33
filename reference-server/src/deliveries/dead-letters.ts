import { ConditionFailed, type Item, put, remove, type Store, table, type Write } from '../store/index.ts';
import type { DueSource, DueWork } from './due-work.ts';

/** Work that was given up: it waits for an operator. */
export interface DeadLetter {
  /** Names it in {@link DeadLetters}. */
  readonly id: string;
  /** The table that it came from. */
  readonly source: string;
  /** Its key there. */
  readonly key: string;
  /** Kind of the work, for example `payment.approved` or `reservation-expiry`. */
  readonly name: string;
  /** What it is about: the id of a reservation or a payment intent. */
  readonly subject: string;
  /** Tries that failed. */
  readonly attempts: number;
  /** Why the last one failed. */
  readonly error: string;
  /** Epoch milliseconds at which it was given up. */
  readonly diedAt: number;
  /** The work as it was. */
  readonly work: DueWork;
}

/** Work that was given up, oldest first. It survives restarts and stays until it is replayed. */
export const deadLetterTable = table<DeadLetter, 'by_time'>('dead_letter', {
  by_time: (letter) => ({ partition: 'all', sort: letter.diedAt }),
});

/** What an operator does with dead letters. */
export interface DeadLetters {
  /** The oldest ones. @param limit 1 to 1000. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** How many there are, counted up to 1000. */
  count(): Promise<number>;
  /** Has one tried again from the start. @returns `false` when there is none of that id. */
  replay(id: string): Promise<boolean>;
  /** Has all of them tried again. @returns how many. */
  replayAll(): Promise<number>;
}

/** As many as one page has. */
const PAGE = 1_000;

/** The dead letters of some tables of work. */
export function deadLetters(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly sources: readonly DueSource<never>[];
}): DeadLetters {
  const { store, clock } = options;
  const sources = new Map(options.sources.map((source) => [source.table.name, source.table]));

  const page = async (limit: number): Promise<readonly Item<DeadLetter>[]> =>
    (await store.query(deadLetterTable, 'by_time', { partition: 'all', limit })).items;

  const revive = async ({ value: letter, key, version }: Item<DeadLetter>): Promise<boolean> => {
    const source = sources.get(letter.source);
    if (source === undefined) {
      throw new Error(`dead letter "${letter.id}" comes from "${letter.source}", which nobody works on here`);
    }
    const work: DueWork = {
      ...letter.work,
      attempts: 0,
      dueAt: clock(),
      replays: (letter.work.replays ?? 0) + 1,
    };
    const taken = remove(deadLetterTable, key, { version });
    const back = put(source, letter.key, work as never, { if: 'absent' });
    try {
      await store.transact([taken, back]);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) {
        throw error;
      }
      if (!error.on(source)) {
        // Somebody else has replayed it.
        return false;
      }
      // The same work has been set anew meanwhile, and is not given up.
      await store.transact([taken]);
      return true;
    }
  };

  return {
    list: async (limit) => (await page(limit)).map(({ value }) => value),
    count: async () => (await page(PAGE)).length,
    async replay(id) {
      const item = await store.get(deadLetterTable, id);
      return item !== undefined && revive(item);
    },
    async replayAll() {
      let replayed = 0;
      for (let more = true; more; ) {
        const letters = await page(PAGE);
        const revived = await Promise.all(letters.map(revive));
        replayed += revived.filter(Boolean).length;
        more = letters.length === PAGE;
      }
      return replayed;
    },
  };
}

/** The writes that give work up. */
export function buried<T extends DueWork>(
  source: DueSource<T>,
  item: Item<T>,
  failure: { readonly attempts: number; readonly error: unknown; readonly now: number },
): Write[] {
  return [
    remove(source.table, item.key, { version: item.version }),
    deadLetter(source, item.key, item.value, failure),
  ];
}

/** The write of work that was given up. It replaces what was given up before under this key. */
export function deadLetter<T extends DueWork>(
  source: DueSource<T>,
  key: string,
  work: T,
  { attempts, error, now }: { readonly attempts: number; readonly error: unknown; readonly now: number },
): Write {
  const id = deadLetterId(source, key, work.replays);
  return put(deadLetterTable, id, {
    id,
    source: source.table.name,
    key,
    ...source.describe(work),
    attempts,
    error: error instanceof Error ? error.message : String(error),
    diedAt: now,
    work,
  });
}

/** Names the dead letter of some work. */
export function deadLetterId<T extends DueWork>(source: DueSource<T>, key: string, replays = 0): string {
  return `${source.table.name}/${key}/${replays}`;
}
