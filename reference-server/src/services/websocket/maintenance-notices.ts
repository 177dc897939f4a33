import type { Entry, Feed } from '../../feed/index.ts';
import { type MaintenanceChange, maintenanceChanges } from '../admin/index.ts';
import { inbox } from '../shared/inbox.ts';

/** What a stream has to say of maintenance. */
export interface MaintenanceNotices {
  /** What was not taken yet, oldest first. Numbers that are given out from then on are greater. */
  take(): readonly Entry<MaintenanceChange>[];
  close(): void;
}

/** Notices that may wait for a reader. */
const MAX_WAITING = 16;

/**
 * Follows maintenance: first what was missed after a number, or that it is on, then what is switched. Who opens a
 * stream during maintenance always hears of it, so that silence means that there is none.
 */
export async function maintenanceNotices(
  feed: Feed,
  of: {
    /** When the maintenance of now began, in epoch milliseconds; `undefined` when there is none. */
    readonly since: () => number | undefined;
    readonly after: number | undefined;
    /** Of the stream, which is the cause of what it begins with. */
    readonly traceId: string;
    readonly wake: () => void;
  },
): Promise<MaintenanceNotices> {
  const changes = inbox<Entry<MaintenanceChange>>(MAX_WAITING, of.wake);
  const { missed, close } = await feed.follow([maintenanceChanges], {
    after: of.after,
    receive: changes.put,
  });
  const since = of.since();
  let begin: readonly Entry<MaintenanceChange>[] = missed ?? [];
  if (begin.length === 0 && since !== undefined) {
    begin = [{ number: feed.number(), value: { on: true, at: since, traceId: of.traceId } }];
  }
  // What somebody who goes on knows is not known here: whatever is switched first is news to them.
  let told = begin.at(-1)?.value.on ?? (missed === undefined ? false : undefined);
  return {
    take() {
      const first = begin;
      begin = [];
      const news = changes.take().filter(({ value }) => {
        const isNews = value.on !== told;
        told = value.on;
        return isNews;
      });
      return [...first, ...news];
    },
    close,
  };
}
