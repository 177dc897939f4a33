import { TurnoverMap } from '@traffic-tacos/server';
import { ConditionFailed, type Item, put, type Store } from '../store/index.ts';
import { buried } from './dead-letters.ts';
import { type DueSource, type DueWork, Undeliverable } from './due-work.ts';
import { retryPause } from './retry-pause.ts';

/** What became of a try that failed. */
export interface FailedTry<T> {
  readonly work: T;
  /** Tries that failed so far, this one included. */
  readonly attempts: number;
  readonly error: unknown;
  /** Whether it was given up, and waits among the dead letters. */
  readonly givenUp: boolean;
}

/** What a look at the table has found. */
export interface Found {
  /** Pieces that are due, those included that are being worked on: as many as it looked at. */
  readonly waiting: number;
  /** Whether another look would find more to start on. */
  readonly hasMore: boolean;
  /** Epoch milliseconds at which the next piece is due; `undefined` when none is waiting for its time. */
  readonly nextAt: number | undefined;
}

/** Takes due work from a table and has it done. */
export interface DueRunner<T extends DueWork> {
  /**
   * Starts on what is due and not being worked on; does not wait for it.
   *
   * @param limit Pieces to start at most.
   */
  start(limit: number): Promise<Found>;
  /** Starts on a piece that has just been written, if there is room; otherwise a look finds it. */
  offer(item: Item<T>): void;
  /** Resolves when nothing is being worked on. */
  settled(): Promise<void>;
}

/** Tries after which work is given up: about eight minutes of pauses. */
export const MAX_ATTEMPTS = 16;

/** Pieces that are being worked on at once at most. */
const MAX_AT_ONCE = 512;

/**
 * Has due work done at least once. What fails is tried again after a growing pause, and given up after
 * {@link MAX_ATTEMPTS} tries or when it says that it never will succeed ({@link Undeliverable}). No piece waits for
 * another.
 */
export function dueRunner<T extends DueWork>(options: {
  readonly store: Store;
  readonly clock: () => number;
  /** Even draws from [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
  readonly source: DueSource<T>;
  /** Does the work and takes it from its table. It may be called again before that. */
  readonly handle: (item: Item<T>) => Promise<void>;
  readonly onFailure: (failed: FailedTry<T>) => void;
  /** Told of every piece that is not being worked on any more. */
  readonly onEnded?: () => void;
}): DueRunner<T> {
  const { store, clock, random = Math.random, source, handle, onFailure, onEnded } = options;
  const running = new TurnoverMap<string, Promise<void>>();
  /** What has ended since the last look at the table began: the look may not know yet. */
  let ended = new Set<string>();

  const failed = async (item: Item<T>, error: unknown): Promise<void> => {
    const attempts = item.value.attempts + 1;
    const givenUp = error instanceof Undeliverable || attempts >= MAX_ATTEMPTS;
    const now = clock();
    const dueAt = now + retryPause(attempts, random());
    await store.transact(
      givenUp
        ? buried(source, item, { attempts, error, now })
        : [
            put(
              source.table,
              item.key,
              { ...item.value, attempts, dueAt },
              { if: { version: item.version } },
            ),
          ],
    );
    onFailure({ work: item.value, attempts, error, givenUp });
  };

  const run = async (item: Item<T>): Promise<void> => {
    try {
      await handle(item);
    } catch (error) {
      await failed(item, error).catch((reason: unknown) => {
        // Set anew or done by another meanwhile. When the store is gone, it is due as before.
        if (!(reason instanceof ConditionFailed)) {
          onFailure({ work: item.value, attempts: item.value.attempts + 1, error, givenUp: false });
        }
      });
    } finally {
      running.delete(item.key);
      ended.add(item.key);
      onEnded?.();
    }
  };

  return {
    offer(item) {
      if (running.size < MAX_AT_ONCE && item.value.dueAt <= clock() && !running.has(item.key)) {
        running.set(item.key, run(item));
      }
    },
    async start(limit) {
      ended = new Set();
      const now = clock();
      const most = limit + running.size;
      const [due, later] = await Promise.all([
        store.query(source.table, 'due', { partition: 'all', to: now, limit: most }),
        store.query(source.table, 'due', { partition: 'all', from: now + 1, limit: 1 }),
      ]);
      const fresh = due.items.filter(({ key }) => !running.has(key) && !ended.has(key));
      const taken = fresh.slice(0, Math.max(0, Math.min(limit, MAX_AT_ONCE - running.size)));
      for (const item of taken) {
        running.set(item.key, run(item));
      }
      return {
        waiting: due.items.length,
        hasMore: taken.length > 0 && due.items.length === most,
        nextAt: later.items[0]?.value.dueAt,
      };
    },
    async settled() {
      await Promise.all(running.values());
    },
  };
}
