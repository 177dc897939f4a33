import { SystemEventType } from '@traffic-tacos/contracts/gateway/v1';
import type { Queue } from '../../queue/index.ts';
import { type QueueEvent, queueEvents, rulesOf } from '../queue/index.ts';
import type { Alarms } from '../shared/alarms.ts';
import type { Clock } from '../shared/time.ts';

/** A line as a whole, as those who wait in it are told. */
export interface LineState {
  /** `undefined` when the catalog does not know the event, or cannot be asked. */
  readonly event: QueueEvent | undefined;
  readonly waiting: number;
  readonly maxActive: number;
  /** Buyers that may be let in each minute, */
  readonly ratePerMinute: number;
  /** and that were, in the last one. */
  readonly admittedLastMinute: number;
  readonly paused: boolean;
}

/** One line, watched by one reader. */
export interface LineWatch {
  readonly state: LineState;
  close(): void;
}

/** Watches lines for any number of readers, at the cost of one look a second for each line. */
export interface LineWatches {
  /** @param changed - told with the state before */
  open(eventId: string, changed: (before: LineState) => void): Promise<LineWatch>;
}

const LOOK_MS = 1_000;

/** Milliseconds an event may be remembered. */
const EVENT_MAX_AGE_MS = 250;

interface Hub {
  state: LineState;
  readonly readers: Set<(before: LineState) => void>;
}

/** @see LineWatches */
export function lineWatches(deps: {
  readonly queue: Queue;
  readonly eventOf: (eventId: string) => Promise<QueueEvent | undefined>;
  readonly clock: Clock;
  readonly alarms: Alarms;
}): LineWatches {
  const { queue, eventOf, clock, alarms } = deps;
  const hubs = new Map<string, Hub>();
  const events = queueEvents({
    eventOf,
    clock,
    maxAgeMs: EVENT_MAX_AGE_MS,
    // Who waits with an open stream moves the line on as one who asks does.
    onRead: (event) => queue.follow(event.id, rulesOf(event)),
  });

  const look = async (eventId: string): Promise<LineState> => {
    const event = await events.get(eventId).catch(() => undefined);
    const [line] = await queue.stats(eventId);
    return {
      event,
      waiting: line?.waiting ?? 0,
      maxActive: line?.maxActive ?? 0,
      ratePerMinute: line?.ratePerMinute ?? 0,
      admittedLastMinute: line?.admittedLastMinute ?? 0,
      paused: line?.paused ?? false,
    };
  };

  const tend = (eventId: string, hub: Hub): void => {
    alarms.at(clock() + LOOK_MS, async () => {
      if (hub.readers.size === 0) {
        return;
      }
      const before = hub.state;
      hub.state = await look(eventId).catch(() => before);
      if (isNews(before, hub.state)) {
        for (const changed of hub.readers) {
          changed(before);
        }
      }
      tend(eventId, hub);
    });
  };

  return {
    async open(eventId, changed) {
      const state = await look(eventId);
      let hub = hubs.get(eventId);
      if (hub === undefined) {
        hub = { state, readers: new Set() };
        hubs.set(eventId, hub);
        hub.readers.add(changed);
        tend(eventId, hub);
      }
      const own = hub;
      own.readers.add(changed);
      return {
        get state() {
          return own.state;
        },
        close() {
          if (own.readers.delete(changed) && own.readers.size === 0) {
            hubs.delete(eventId);
          }
        },
      };
    },
  };
}

function isNews(before: LineState, now: LineState): boolean {
  return before.paused !== now.paused || systemEvents(before, now).length > 0 || isOverNow(before, now);
}

function isOverNow(before: LineState, now: LineState): boolean {
  return before.event?.sale !== now.event?.sale && now.event?.sale === 'ENDED';
}

/** What has happened to a line as a whole. */
export function systemEvents(before: LineState, now: LineState): SystemEventType[] {
  const events: SystemEventType[] = [];
  const sale = now.event?.sale;
  if (sale !== before.event?.sale && sale === 'SOLD_OUT') {
    events.push(SystemEventType.EVENT_SOLD_OUT);
  }
  if (sale !== before.event?.sale && sale === 'CANCELLED') {
    events.push(SystemEventType.EVENT_CANCELLED);
  }
  if (now.maxActive !== before.maxActive) {
    events.push(SystemEventType.CAPACITY_CHANGED);
  }
  if (now.ratePerMinute !== before.ratePerMinute) {
    events.push(SystemEventType.ADMISSION_RATE_CHANGED);
  }
  return events;
}
