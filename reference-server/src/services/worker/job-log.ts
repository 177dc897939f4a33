/** One batch of events or timers that a worker has taken. Times are epoch milliseconds. */
export interface Job {
  readonly id: string;
  /** Names of the events and timers in it. */
  readonly types: ReadonlySet<string>;
  readonly startedAt: number;
  readonly completedAt: number | undefined;
  readonly processed: number;
  readonly failed: number;
}

/** What a worker is doing and has done since it started. */
export interface JobLog {
  readonly startedAt: number;
  /** Notes the start of one piece of work; call the function that comes back when it has ended. */
  begin(id: string, type: string): (ok: boolean) => void;
  /** The newest jobs first, at most as many as are remembered. */
  jobs(): readonly Job[];
  readonly totals: () => {
    readonly active: number;
    readonly processed: number;
    readonly failed: number;
    readonly averageMs: number;
    readonly lastProcessedAt: number | undefined;
  };
}

/** Finished jobs that are remembered. */
const REMEMBERED = 1_000;

/** An empty log. */
export function jobLog(clock: () => number): JobLog {
  const startedAt = clock();
  const jobs = new Map<string, Job>();
  let active = 0;
  let processed = 0;
  let failed = 0;
  let workedMs = 0;
  let lastProcessedAt: number | undefined;
  return {
    startedAt,
    begin(id, type) {
      const began = clock();
      const before = jobs.get(id);
      const job: Job = {
        id,
        types: new Set([type]),
        startedAt: before?.startedAt ?? began,
        completedAt: undefined,
        processed: before?.processed ?? 0,
        failed: before?.failed ?? 0,
      };
      jobs.delete(id);
      jobs.set(id, job);
      const oldest = jobs.keys().next();
      if (jobs.size > REMEMBERED && !oldest.done) {
        jobs.delete(oldest.value);
      }
      active++;
      return (ok) => {
        const now = clock();
        active--;
        if (ok) {
          processed++;
          workedMs += now - began;
          lastProcessedAt = now;
        } else {
          failed++;
        }
        jobs.set(id, {
          ...job,
          completedAt: now,
          processed: job.processed + (ok ? 1 : 0),
          failed: job.failed + (ok ? 0 : 1),
        });
      };
    },
    jobs: () => [...jobs.values()].reverse(),
    totals: () => ({
      active,
      processed,
      failed,
      averageMs: processed === 0 ? 0 : workedMs / processed,
      lastProcessedAt,
    }),
  };
}
