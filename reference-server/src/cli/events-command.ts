import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { type SaleOverview, salesOverview } from '../sales-overview.ts';
import { openReader } from '../store/embedded/index.ts';
import { tables } from '../tables.ts';
import { dataDirectory } from './data-directory.ts';
import type { Flags } from './flags.ts';
import { textTable } from './text-table.ts';

/** Milliseconds between two looks of `--follow`. */
const LOOK_MS = 1_000;

/** What `events` takes beside the data directory. */
interface EventsFlags extends Flags {
  readonly json?: boolean;
  readonly follow?: boolean;
}

/** Declares `events`: it shows where the sales of a data directory stand. */
export function eventsCommand(command: Command): Command {
  return command
    .description('show where sales stand: seats free, held and sold, people waiting and let in')
    .argument('[ids...]', 'events to show; all of them where none are given')
    .option('--json', 'one line of JSON for each event')
    .option('--follow', 'go on, with a line for each event whose figures have changed')
    .addHelpText(
      'after',
      '\nReads the data directory, whether or not a server runs on it. Waiting are all places that are kept: a server that' +
        '\ndoes not run removes none that have lapsed.',
    )
    .action(async (ids: readonly string[], flags: EventsFlags) => {
      const reader = openReader({ dir: dataDirectory(flags), tables });
      const print = flags.json ? jsonLines : table;
      try {
        let shown = await salesOverview(reader.store, Date.now, ids);
        process.stdout.write(print(shown, true));
        while (flags.follow) {
          await pause(LOOK_MS);
          reader.refresh();
          const now = await salesOverview(reader.store, Date.now, ids);
          const changed = now.filter((sale) => !shown.some((before) => isSame(before, sale)));
          process.stdout.write(print(changed, false));
          shown = now;
        }
      } finally {
        reader.close();
      }
    });
}

function isSame(a: SaleOverview, b: SaleOverview): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function jsonLines(sales: readonly SaleOverview[]): string {
  return sales.map((sale) => `${JSON.stringify(sale)}\n`).join('');
}

const COLUMNS = [
  'id',
  'status',
  'total',
  'free',
  'held',
  'sold',
  'blocked',
  'waiting',
  'active',
  'admitted',
] as const;

function table(sales: readonly SaleOverview[], withHead: boolean): string {
  const rows = sales.map((sale) => COLUMNS.map((column) => String(sale[column])));
  return textTable([...(withHead ? [[...COLUMNS]] : []), ...rows], WIDTHS);
}

/** Wide enough for what is usual, so that the lines of `--follow` stand below one another. */
const WIDTHS = [20, 10, 7, 7, 7, 7, 7, 7, 7, 8];
