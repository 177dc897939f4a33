import type { Store } from '../../store/index.ts';
import { longestSleep, wakeUp } from '../../time/index.ts';
import type { Queue } from '../queue.ts';
import type { QueueSettings } from '../settings.ts';
import { drain } from './drain.ts';
import { join } from './join.ts';
import { leave } from './leave.ts';
import { requestAdmission } from './request-admission.ts';
import { reservationOpen } from './reservations.ts';
import { restoreRooms } from './restore.ts';
import { openRoom, type QueueDeps, type Room } from './room.ts';
import { forgotten, status, statusAtOnce } from './status.ts';

/** How an embedded queue is run. */
export interface EmbeddedQueueOptions {
  /** Opened with `placeTable` and `lineTable`; used by no other queue at the same time. */
  readonly store: Store;
  /** Epoch milliseconds. Default: `Date.now`. */
  readonly clock?: () => number;
  readonly settings: QueueSettings;
  /**
   * Milliseconds between two looks at what time has brought while anybody waits; fewer looks do otherwise. Default: 100.
   * 0: only when `tick` is called.
   */
  readonly tickMs?: number;
  /** Is told why a tick has failed; the next one tries again. */
  readonly onFailure: (error: unknown) => void;
}

/** The waiting rooms of one process: lines in memory, whatever was promised in the store. */
export interface EmbeddedQueue extends Queue {
  /** Admits whose turn has come and forgets who is gone, now. */
  tick(): Promise<void>;
}

const DEFAULT_TICK_MS = 100;

/**
 * Opens the waiting rooms as the store has them: everybody has the place they had, those who were let in are
 * in, and everybody's time starts afresh.
 */
export async function openEmbeddedQueue(options: EmbeddedQueueOptions): Promise<EmbeddedQueue> {
  const { store, settings, clock = Date.now, tickMs = DEFAULT_TICK_MS, onFailure } = options;
  const deps: QueueDeps = { store, clock, settings };
  const rooms = await restoreRooms(deps);
  let running = 0;
  let closed = false;
  const ended = Promise.withResolvers<void>();

  const roomOf = (eventId: string): Room => {
    const room = rooms.get(eventId) ?? openRoom(deps, eventId);
    rooms.set(eventId, room);
    return room;
  };

  const ending = (room: Room): void => {
    running--;
    if (closed) {
      if (running === 0) {
        ended.resolve();
      }
    } else if (room.isRestless()) {
      nextTick?.by(Number.NEGATIVE_INFINITY);
    }
  };

  /** Does something to a line, and lets `close` wait for it. */
  const within = <T>(eventId: string, task: (room: Room) => Promise<T>, without: () => T): Promise<T> => {
    if (closed) {
      return Promise.reject(new Error('the queue is closed'));
    }
    const room = rooms.get(eventId);
    if (room === undefined) {
      return Promise.resolve(without());
    }
    const run = task(room);
    running++;
    const end = (): void => ending(room);
    run.then(end, end);
    return run;
  };

  const nothing = (): void => undefined;

  const tick = async (): Promise<void> => {
    await Promise.all([...rooms.keys()].map((eventId) => within(eventId, (room) => room.tick(), nothing)));
  };

  const ring = (): void => {
    nextTick?.by(Number.POSITIVE_INFINITY);
    tick().catch((error) => closed || onFailure(error));
  };
  const nextTick =
    tickMs === 0
      ? undefined
      : wakeUp({ clock, shortestMs: tickMs, longestMs: Math.max(tickMs, longestSleep(clock)), ring });
  nextTick?.by(Number.NEGATIVE_INFINITY);

  return {
    follow(eventId, rules) {
      roomOf(eventId).follow(rules);
    },
    join(request) {
      const { eventId } = request;
      roomOf(eventId);
      return within(
        eventId,
        (room) => join(deps, room, request),
        () => ({ kind: 'CLOSED' as const }),
      );
    },
    status(id) {
      const room = closed ? undefined : rooms.get(id.eventId);
      return (
        (room && statusAtOnce(room, id)) ??
        within(
          id.eventId,
          (found) => status(found, id),
          () => forgotten(clock()),
        )
      );
    },
    requestAdmission: (request) =>
      within(
        request.id.eventId,
        (room) => requestAdmission(deps, room, request),
        () => ({ kind: 'OVER' as const, place: forgotten(clock()) }),
      ),
    leave: (id, record) =>
      within(
        id.eventId,
        (room) => leave(deps, room, id, record),
        () => forgotten(clock()),
      ),
    async pause(eventId) {
      roomOf(eventId);
      await within(eventId, (room) => room.setPaused(true), nothing);
    },
    async resume(eventId) {
      roomOf(eventId);
      await within(eventId, (room) => room.setPaused(false), nothing);
    },
    drain: (eventId, draining = {}) =>
      within(
        eventId,
        (room) => drain(deps, room, draining),
        () => 0,
      ),
    reservationOpen: (activity) =>
      activity.buyerId === '' && activity.tokenId === undefined
        ? Promise.resolve()
        : within(activity.eventId, (room) => reservationOpen(deps, room, activity), nothing),
    reservationOver: (eventId, reservationId) =>
      within(
        eventId,
        async ({ line, now, forget }) => {
          line.finish(reservationId, now());
          // Whoever told is not going to tell again: a place that was kept would be taken until its hold ends.
          await forget();
        },
        nothing,
      ),
    async stats(eventId) {
      const asked = eventId === undefined ? [...rooms.values()] : [rooms.get(eventId)];
      return asked.flatMap((room) =>
        room === undefined || room.line.last() === 0
          ? []
          : [{ eventId: room.eventId, ...room.line.stats(room.now()) }],
      );
    },
    tick,
    async close() {
      closed = true;
      for (const room of rooms.values()) {
        room.close();
      }
      nextTick?.off();
      if (running > 0) {
        await ended.promise;
      }
    },
  };
}
