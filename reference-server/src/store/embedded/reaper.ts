import type { WorkerLink } from './worker-link.ts';

/** Items of each table that are deleted in one commit: a few milliseconds in which nothing else is done. */
const BATCH = 256;

/**
 * Deletes items that no longer exist, now and then, in batches between which other work gets its turn.
 *
 * @param interval - milliseconds between two rounds.
 * @returns ends it.
 */
export function startReaper(link: WorkerLink, interval: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function round(): Promise<void> {
    for (let more = true; more && !stopped; ) {
      more = await link.maintain({ kind: 'reap', limit: BATCH });
    }
    schedule();
  }

  function schedule(): void {
    if (!stopped) {
      // It only fails with the whole store, of which every caller learns.
      timer = setTimeout(() => round().catch(() => undefined), interval).unref();
    }
  }

  schedule();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
