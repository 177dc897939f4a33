import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import { outboxTable } from './events/index.ts';
import type { Queue, QueueStats } from './queue/index.ts';
import { DATABASE_FILE } from './store/embedded/index.ts';
import type { Store } from './store/index.ts';
import { timerTable } from './timers/index.ts';

/** What figures of the platform are read from. */
export interface PlatformFigures {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly queue: Pick<Queue, 'stats'>;
  /** Events and timers that wait, as of a moment ago. */
  readonly backlog: () => number;
  /** How much work of the worker was given up. */
  readonly deadLetters: () => Promise<number>;
  /** The data folder; `undefined` where everything is in memory. */
  readonly dir: string | undefined;
}

/** Shows figures of the lines, of the worker and of the disk; they are read when somebody asks. */
export function platformMetrics(registry: Registry, figures: PlatformFigures): void {
  lines(registry, figures);
  worker(registry, figures);
  if (figures.dir !== undefined) {
    disk(registry, figures.dir);
  }
}

function lines(registry: Registry, { queue }: PlatformFigures): void {
  const perEvent = (name: string, help: string, read: (line: QueueStats) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['event_id'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const line of await queue.stats().catch(() => [])) {
          this.set({ event_id: line.eventId }, read(line));
        }
      },
    });
  };
  perEvent('queue_waiting', 'People in the line of an event', ({ waiting }) => waiting);
  perEvent('queue_active', 'Buyers of an event who were let in, and choose or pay', ({ active }) => active);
  perEvent('queue_admitted', 'Buyers of an event let in since its line opened', ({ admitted }) => admitted);
}

function worker(registry: Registry, { store, clock, backlog, deadLetters }: PlatformFigures): void {
  const registers = [registry];
  new Gauge({
    name: 'worker_backlog',
    help: 'Events and timers found waiting when the worker last looked',
    registers,
    collect() {
      this.set(backlog());
    },
  });
  new Gauge({
    name: 'dead_letters',
    help: 'Events and timers that were given up and wait to be replayed, counted up to 1000',
    registers,
    async collect() {
      this.set(await deadLetters().catch(() => Number.NaN));
    },
  });
  const due = { partition: 'all', limit: 1 };
  const lag = (name: string, help: string, first: () => Promise<number | undefined>): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        try {
          const dueAt = await first();
          this.set(dueAt === undefined ? 0 : Math.max(0, clock() - dueAt) / 1000);
        } catch {
          // The store has failed, which other figures tell; the rest is still worth reading.
          this.set(Number.NaN);
        }
      },
    });
  };
  lag(
    'outbox_lag_seconds',
    'How long the first event has been due that is not delivered',
    async () => (await store.query(outboxTable, 'due', due)).items[0]?.value.dueAt,
  );
  lag(
    'timers_lag_seconds',
    'How long the first timer has been due that is not carried out, such as the end of a hold',
    async () => (await store.query(timerTable, 'due', due)).items[0]?.value.dueAt,
  );
}

function disk(registry: Registry, dir: string): void {
  const registers = [registry];
  new Gauge({
    name: 'store_file_bytes',
    help: 'Size of the database and of its write-ahead log',
    labelNames: ['file'],
    registers,
    async collect() {
      for (const [label, file] of [
        ['database', DATABASE_FILE],
        ['log', `${DATABASE_FILE}-wal`],
      ] as const) {
        const size = await stat(join(dir, file)).then(
          (found) => found.size,
          () => 0,
        );
        this.set({ file: label }, size);
      }
    },
  });
  new Gauge({
    name: 'store_disk_free_bytes',
    help: 'Room that the data folder has to grow',
    registers,
    async collect() {
      const free = await statfs(dir).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => Number.NaN,
      );
      this.set(free);
    },
  });
}
