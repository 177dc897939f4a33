import type { Command } from 'commander';
import { deadLetters } from '../deliveries/index.ts';
import { outboxSource } from '../events/index.ts';
import { openStore } from '../open-store.ts';
import { deadLetters as deadWebhooks } from '../services/webhook/index.ts';
import { openReader } from '../store/embedded/index.ts';
import type { Store } from '../store/index.ts';
import { tables } from '../tables.ts';
import { timerSource } from '../timers/index.ts';
import { dataDirectory } from './data-directory.ts';
import type { Flags } from './flags.ts';

/** Dead letters that are read at once. */
const PAGE = 1_000;

/** What `replay` takes beside the data directory. */
interface ReplayFlags extends Flags {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** One dead letter, wherever it comes from. */
interface Listed {
  readonly id: string;
  /** Name of the event, the timer or the webhook. */
  readonly name: string;
  readonly subject: string;
  readonly attempts: number;
  readonly error: string;
  /** ISO 8601. */
  readonly givenUpAt: string;
}

/** Declares `replay`: it lists what was given up, and has it tried again. */
export function replayCommand(command: Command): Command {
  return command
    .description(
      'list what was given up: events, timers and webhooks; with ids or --all, have it tried again',
    )
    .argument('[ids...]', 'dead letters to try again, as the list shows them')
    .option('--all', 'try all of them again')
    .option('--json', 'one line of JSON for each dead letter')
    .addHelpText(
      'after',
      '\nThe list can be read while a server runs. To try again the server has to be stopped; it begins when it starts.',
    )
    .action(async (ids: readonly string[], flags: ReplayFlags) => {
      const data = dataDirectory(flags);
      if (flags.all !== true && ids.length === 0) {
        const letters = await list(data);
        const nothing = flags.json ? '' : `${data}: nothing was given up\n`;
        process.stdout.write(
          letters.length === 0 ? nothing : letters.map(flags.json ? jsonLine : textLine).join(''),
        );
        return;
      }
      const store = await openStore({ memory: false, data }, Date.now);
      try {
        const replayed = flags.all === true ? await replayAll(store) : await replay(store, ids);
        process.stdout.write(`${data}: ${replayed} to be tried again when the server starts\n`);
      } finally {
        await store.close();
      }
    });
}

const workOf = (store: Store) =>
  deadLetters({ store, clock: Date.now, sources: [outboxSource, timerSource] });

async function list(dir: string): Promise<readonly Listed[]> {
  const reader = openReader({ dir, tables });
  try {
    const work = (await workOf(reader.store).list(PAGE)).map(
      ({ id, name, subject, attempts, error, diedAt }): Listed => ({
        id,
        name,
        subject,
        attempts,
        error,
        givenUpAt: new Date(diedAt).toISOString(),
      }),
    );
    const webhooks: Listed[] = [];
    const letters = deadWebhooks(reader.store, Date.now);
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await letters.list(cursor === undefined ? {} : { cursor });
      for (const { id, name, destination, attempts, lastFailure, endedAt } of page.items) {
        webhooks.push({
          id,
          name: `webhook ${name}`,
          subject: destination,
          attempts,
          error: lastFailure ?? '',
          givenUpAt: new Date(endedAt ?? 0).toISOString(),
        });
      }
      cursor = page.cursor;
    }
    return [...work, ...webhooks];
  } finally {
    reader.close();
  }
}

async function replayAll(store: Store): Promise<number> {
  return (await workOf(store).replayAll()) + (await deadWebhooks(store, Date.now).replayAll());
}

/** @throws Error that names the ids there is no dead letter of; the others are replayed. */
async function replay(store: Store, ids: readonly string[]): Promise<number> {
  const unknown: string[] = [];
  for (const id of ids) {
    if (!(await workOf(store).replay(id)) && !(await deadWebhooks(store, Date.now).replay(id))) {
      unknown.push(id);
    }
  }
  if (unknown.length > 0) {
    const others = ids.length - unknown.length;
    const rest = ['', '; the other one is tried again'][others] ?? `; the other ${others} are tried again`;
    throw new Error(
      `there is no dead letter ${unknown.join(', ')}: expected ids as \`replay\` lists them${rest}`,
    );
  }
  return ids.length;
}

function jsonLine(letter: Listed): string {
  return `${JSON.stringify(letter)}\n`;
}

function textLine({ id, name, subject, attempts, error, givenUpAt }: Listed): string {
  return `${id}  ${name} of ${subject}, given up ${givenUpAt} after ${attempts} tries: ${error}\n`;
}
