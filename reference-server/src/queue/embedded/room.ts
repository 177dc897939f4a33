import {
  drawSteps,
  type EarlyGuests,
  earlyGuests,
  type LineRules,
  type WaitingLine,
  waitingLine,
} from '../../domain/queue/index.ts';
import { put, remove, type Store } from '../../store/index.ts';
import type { QueueRules } from '../queue.ts';
import type { QueueSettings } from '../settings.ts';
import { type KeyedLock, keyedLock } from './keyed-lock.ts';
import { type LineRecord, lineTable, placeKey, placeTable } from './tables.ts';

/** What the parts of the embedded queue work with. */
export interface QueueDeps {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly settings: QueueSettings;
}

/** One event's line, with what keeps it. */
export interface Room {
  readonly eventId: string;
  readonly line: WaitingLine;
  /** By their `originKey`. */
  readonly guests: EarlyGuests;
  /** Changes of one buyer's places happen one after the other. Taken before that of a place. */
  readonly ofBuyer: KeyedLock;
  /** Changes of one place happen one after the other. */
  readonly ofPlace: KeyedLock;
  follow(rules: QueueRules): void;
  setPaused(paused: boolean): Promise<void>;
  /** Whether who joins now waits for the draw. */
  isEarly(): boolean;
  isDrawn(): boolean;
  /** Whether the draw can be made and has not begun. */
  isDrawDue(): boolean;
  /**
   * Makes the draw, if it is due, once it is written down. A large one goes on in small steps when this is
   * over; until it is done, those in it have no position.
   */
  draw(): Promise<void>;
  /** Stops what goes on by itself. */
  close(): void;
  /** Lets time pass, by the rules and settings of now. @returns the time. */
  now(): number;
  /** Admits those whose turn has come, once it is written down that they are. */
  moveOn(): Promise<void>;
  /** Removes from the store everybody who is gone by now. */
  forget(): Promise<void>;
  /** Does what time has brought: admits, and removes from the store who is gone. */
  tick(): Promise<void>;
  /** Whether a tick may soon bring what somebody waits for, or has something to write down. */
  isRestless(): boolean;
}

/** Writes of one transaction. */
const BATCH = 100;

/** A line without rules, as it was kept or new. */
export function openRoom(deps: QueueDeps, eventId: string, kept?: LineRecord): Room {
  const { store, clock, settings } = deps;
  const line = waitingLine(settings, clock());
  const guests = earlyGuests(line.isEarly);
  let rules: QueueRules | undefined;
  let paused = kept?.paused ?? false;
  let draw = kept?.draw;
  let seedSeen = draw !== undefined;
  let closed = false;
  let applied: LineRules | undefined;
  const ofLine = keyedLock();
  let written = kept?.admitted ?? 0;
  let gone: number[] = [];

  const now = (): number => {
    const at = clock();
    const ratePerMinute = rules?.ratePerMinute ?? settings.admissionRatePerMinute();
    const maxActive = settings.maxActiveBuyers();
    const isPaused = paused || rules?.onSale !== true || settings.isStopped?.(eventId) === true;
    const drawAt = rules?.draw?.at;
    const share = settings.admissionShare?.() ?? 1;
    if (
      ratePerMinute !== applied?.ratePerMinute ||
      maxActive !== applied.maxActive ||
      isPaused !== applied.paused ||
      drawAt !== applied.drawAt ||
      share !== applied.share
    ) {
      applied = { ratePerMinute, maxActive, paused: isPaused, drawAt, share };
      line.rule(applied, at);
    }
    line.advance(at);
    return at;
  };

  /** In a turn of its own: an older frontier must never be written after a newer one. */
  const writeLine = (next: () => Partial<LineRecord> | undefined, then: () => void): Promise<void> =>
    ofLine('line', async () => {
      const change = next();
      if (change !== undefined) {
        const record: LineRecord = {
          eventId,
          frontier: line.frontier(),
          admitted: line.admitted(),
          paused,
          ...(draw === undefined ? {} : { draw }),
          ...change,
        };
        await store.transact([put(lineTable, eventId, record)]);
        written = record.admitted;
        then();
      }
    });

  const moveOn = singly(() => {
    let through = 0;
    return writeLine(
      () => {
        const plan = line.plan(now());
        through = plan?.through ?? 0;
        return plan && { frontier: through, admitted: line.admitted() + plan.count };
      },
      () => line.admit(through, clock()),
    );
  });

  const isDrawDue = (): boolean =>
    rules?.draw?.seed !== undefined && draw === undefined && line.undrawn() > 0;

  const makeDraw = singly(async () => {
    const seed = rules?.draw?.seed;
    if (seed === undefined || !isDrawDue()) {
      return;
    }
    const next = { seed, places: line.last() };
    await writeLine(
      () => ({ draw: next }),
      () => {
        draw = next;
      },
    );
    const steps = drawSteps({ ...next, eventId });
    const go = (): void => {
      const step = steps.next();
      if (step.done) {
        line.draw(step.value);
        guests.clear();
      } else if (!closed) {
        setImmediate(go);
      }
    };
    go();
  });

  const forget = oneAfterAnother(async () => {
    gone = gone.concat(line.takeEnded());
    for (let at = 0; at < gone.length; at += BATCH) {
      const batch = gone.slice(at, at + BATCH);
      try {
        await store.transact(batch.map((sequence) => remove(placeTable, placeKey(eventId, sequence))));
      } catch (error) {
        gone = gone.slice(at);
        throw error;
      }
    }
    gone = [];
  });

  return {
    eventId,
    line,
    guests,
    ofBuyer: keyedLock(),
    ofPlace: keyedLock(),
    follow(next) {
      rules = next;
      seedSeen ||= next.draw?.seed !== undefined;
      now();
    },
    setPaused: (next) =>
      writeLine(
        () => ({ paused: next }),
        () => {
          paused = next;
        },
      ),
    now,
    moveOn,
    forget,
    isEarly: () => rules?.draw !== undefined && !seedSeen,
    isDrawn: () => draw !== undefined,
    isDrawDue,
    draw: makeDraw,
    close() {
      closed = true;
    },
    async tick() {
      await Promise.all([makeDraw(), moveOn(), forget()]);
      await writeLine(
        () => (line.admitted() === written ? undefined : {}),
        () => undefined,
      );
    },
    isRestless: () => line.waiting() > 0 || line.undrawn() > 0 || line.admitted() !== written,
  };
}

/** Runs a task once at a time: who asks while it runs waits for that run. */
function singly(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= task().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** Runs a task once at a time: all who ask while it runs wait for one more run, which knows what they know. */
function oneAfterAnother(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = task().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    next ??= running?.then(start, start);
    return next ?? start();
  };
}
