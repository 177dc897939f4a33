import { AsyncLocalStorage } from 'node:async_hooks';
import type { Item, Store } from '../store/index.ts';
import { dueRunner, type FailedTry } from './due-runner.ts';
import { dueSleep } from './due-sleep.ts';
import type { DueSource, DueWork } from './due-work.ts';
import { lookPause } from './look-pause.ts';

/** Has the work of a table done when it is due. */
export interface DueLoop<T extends DueWork> {
  start(): void;
  /** Takes no more, and waits for what is being done. */
  stop(): Promise<void>;
  /** Told of all work that this process writes: it is begun, or waited for, without a look at the table. */
  offer(item: Item<T>): void;
  /** How much was due the last time it looked. */
  backlog(): number;
  /** Whether it runs and has lately found out what is due. */
  isWell(): boolean;
}

/** Pieces started on at one look. */
const BATCH = 256;

/** Milliseconds without a look at the table after which the loop is not well. */
const UNWELL_MS = 10_000;

/**
 * A loop over a table of work. It sleeps until something is due, and then looks at the table for whatever is: what is
 * offered only tells it when. See {@link dueRunner} for what becomes of the work.
 *
 * @param shortestMs - milliseconds between two looks that find little
 * @param longestMs - milliseconds until work is found of which this process has not been told. Default: `longestSleep`
 * @param onBlind - told why a look has failed; it looks again after a growing pause
 */
export function dueLoop<T extends DueWork>(options: {
  readonly store: Store;
  readonly clock: () => number;
  readonly source: DueSource<T>;
  readonly shortestMs: number;
  readonly longestMs?: number;
  readonly handle: (item: Item<T>) => Promise<void>;
  readonly onFailure: (failed: FailedTry<T>) => void;
  readonly onBlind: (error: unknown) => void;
}): DueLoop<T> {
  const { clock, onBlind } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const { looking, announce, sleep } = dueSleep({ ...options, stopping: signal });
  const runner = dueRunner({
    ...options,
    // What was passed over because of it may be due: set anew meanwhile, still there, or more than there was room for.
    onEnded: () => announce(Number.NEGATIVE_INFINITY),
  });
  let running: Promise<void> | undefined;
  let waiting = 0;
  let lookedAt = 0;
  let offered: Item<T>[] = [];
  // Work is nobody's call: what is done because of it has no part in the one that wrote it.
  const apart = AsyncLocalStorage.snapshot();

  const takeOffers = (): void => {
    const taken = offered;
    offered = [];
    if (!signal.aborted) {
      taken.forEach(runner.offer);
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      looking();
      try {
        const found = await runner.start(BATCH);
        lookedAt = performance.now();
        failures = 0;
        waiting = found.waiting;
        if (!found.hasMore) {
          await sleep(found.nextAt);
        }
      } catch (error) {
        failures++;
        onBlind(error);
        await lookPause(failures, signal);
      }
    }
  };

  return {
    start() {
      lookedAt = performance.now();
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
      await runner.settled();
    },
    offer(item) {
      if (running === undefined) {
        return;
      }
      if (item.value.dueAt > clock()) {
        announce(item.value.dueAt);
      } else if (offered.push(item) === 1) {
        apart(setImmediate, takeOffers);
      }
    },
    backlog: () => waiting,
    isWell: () => running !== undefined && !signal.aborted && performance.now() - lookedAt < UNWELL_MS,
  };
}
