import { type Admissions, endOf } from './admissions.ts';
import { nextPollMs } from './next-poll.ts';
import type { Pace } from './pace.ts';
import type { LineTimes, Place } from './place.ts';
import type { PlaceBook } from './place-book.ts';
import { EntryState } from './place-entries.ts';

/** What has become of a place, by everything that a line keeps. */
export function placeOf(
  line: {
    readonly book: PlaceBook;
    readonly inside: Admissions;
    readonly speed: Pace;
    readonly times: LineTimes;
  },
  sequence: number,
  now: number,
): Place {
  const { book, inside, speed, times } = line;
  switch (book.stateOf(sequence)) {
    case EntryState.WAITING: {
      const position = book.positionOf(sequence);
      const etaSeconds = speed.etaSeconds(position);
      const distance = etaSeconds < 0 ? position : etaSeconds;
      return {
        state: 'WAITING',
        position,
        etaSeconds,
        expiresAt: book.deadlineOf(sequence),
        nextPollMs: nextPollMs(distance, times.waitingTtlMs),
      };
    }
    case EntryState.EARLY: {
      const secondsToDraw = Math.max(0, (speed.rules().drawAt ?? now) - now) / 1000;
      return {
        state: 'WAITING',
        position: 0,
        etaSeconds: -1,
        expiresAt: book.deadlineOf(sequence),
        nextPollMs: nextPollMs(secondsToDraw, times.waitingTtlMs),
      };
    }
    case EntryState.ADMITTED: {
      const admission = inside.get(sequence);
      return {
        state: 'READY',
        expiresAt: admission === undefined ? now : endOf(admission),
        nextPollMs: nextPollMs(0, times.readyTtlMs),
      };
    }
    case EntryState.LEFT:
      return { state: 'LEFT', endedAt: book.deadlineOf(sequence) };
    case EntryState.USED:
      return { state: 'EXPIRED', reason: 'USED', endedAt: book.deadlineOf(sequence) };
    case EntryState.LAPSED:
      return { state: 'EXPIRED', reason: 'LAPSED', endedAt: book.deadlineOf(sequence) };
    default:
      return { state: 'EXPIRED', reason: 'LAPSED', endedAt: now };
  }
}
