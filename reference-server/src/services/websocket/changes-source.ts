import type { Entry, Feed, Topic } from '../../feed/index.ts';
import { inbox } from '../shared/inbox.ts';
import type { LiveSource } from '../shared/live.ts';
import type { MessageBox } from './message-box.ts';
import type { TextMessage } from './text-message.ts';

/** A change of one thing: a reservation, a payment. */
export interface Change {
  readonly id: string;
}

/** What is followed, and how it is said. Times are epoch milliseconds. */
export interface Followed<C extends Change, M> {
  readonly topics: readonly Topic<C>[];
  /** Whether the reader wants to know of it. */
  wants(change: C): boolean;
  /** Everything as it is now, what has changed last at the end. */
  read(): Promise<readonly C[]>;
  /** Whether a change leads on from a known state. Changes may be heard of twice, and late. */
  isNewer(change: C, known: C): boolean;
  /** Whether no more changes can come of anything that is known, or will be. */
  isOver(known: readonly C[]): boolean;
  /** What time brings without anybody writing it down: when to look again after having looked, */
  nextAt(known: readonly C[], lookedAt: number): number;
  /** and what to say then. */
  look(known: readonly C[], lookedAt: number, now: number): Promise<readonly Notice<C>[]>;
  /** @param old - what it was; `undefined` when that is not known, or nothing */
  update(change: C, old: C | undefined, how: 'began' | 'changed', number: number): M;
  notice(change: C, now: number, number: number): M;
  text(message: TextMessage, number: number): M;
  heartbeat(now: number, number: number): M;
}

/** Something that is said though nothing was written. */
export type Notice<C> = { readonly kind: 'changed' | 'notice'; readonly change: C };

/** Changes that may wait for a reader. */
const MAX_WAITING = 256;

/** Things a stream remembers the state of; those it heard of longest ago are forgotten. */
const MAX_KNOWN = 1_000;

/** An open source of changes. */
export interface ChangesSource<M> extends LiveSource<M> {
  close(): void;
}

/**
 * Follows changes: first what is, or what was missed since `after`, then what happens. Following begins before the
 * state is read, so that nothing falls in between; what is heard of twice is told once.
 */
export async function changesSource<C extends Change, M>(
  followed: Followed<C, M>,
  options: {
    readonly feed: Feed;
    readonly after: number | undefined;
    readonly messages: MessageBox;
    readonly now: number;
    readonly wake: () => void;
  },
): Promise<ChangesSource<M>> {
  const { feed, after, messages, wake } = options;
  const changes = inbox<Entry<C>>(MAX_WAITING, wake);
  const following = await feed.follow(followed.topics, { after, receive: changes.put });
  const known = new Map<string, C>();
  let last = after ?? 0;
  let lookedAt = options.now;
  let begin: readonly C[] | undefined;

  const learn = (change: C): void => {
    known.delete(change.id);
    known.set(change.id, change);
    if (known.size > MAX_KNOWN) {
      known.delete(known.keys().next().value as string);
    }
  };

  /** The update for a change that the reader does not know of yet. */
  const told = (change: C, number: () => number): M[] => {
    const old = known.get(change.id);
    if (!followed.wants(change) || (old !== undefined && !followed.isNewer(change, old))) {
      return [];
    }
    learn(change);
    last = number();
    return [followed.update(change, old, 'changed', last)];
  };

  /** All there is, with what happened while it was read: one number stands for the whole of it. */
  const snapshot = (state: readonly C[]): M[] => {
    for (const { value } of [...state.map((change) => ({ value: change })), ...changes.take()]) {
      const old = known.get(value.id);
      if (followed.wants(value) && (old === undefined || followed.isNewer(value, old))) {
        learn(value);
      }
    }
    const all = [...known.values()];
    return all.map((change, at) => {
      last = at < all.length - 1 ? feed.unfinishedNumber() : feed.number();
      return followed.update(change, undefined, 'began', last);
    });
  };

  const resumed = (state: readonly C[], missed: readonly Entry<C>[]): M[] => {
    const updates = [...missed, ...changes.take()].flatMap(({ number, value }) => told(value, () => number));
    for (const change of state) {
      const old = known.get(change.id);
      if (old === undefined || followed.isNewer(change, old)) {
        learn(change);
      }
    }
    return updates;
  };

  const begun = (state: readonly C[], now: number): M[] => {
    const first = following.missed === undefined ? snapshot(state) : resumed(state, following.missed);
    if (first.length > 0) {
      return first;
    }
    // Says that the stream is open, and from where it can be continued.
    last = following.missed === undefined ? feed.number() : last;
    return [followed.heartbeat(now, last)];
  };

  const look = async (now: number): Promise<readonly Notice<C>[]> => {
    const all = [...known.values()];
    const since = lookedAt;
    if (now < followed.nextAt(all, since)) {
      return [];
    }
    lookedAt = now;
    return followed.look(all, since, now);
  };

  try {
    begin = await followed.read();
  } catch (error) {
    following.close();
    throw error;
  }

  return {
    async take(now) {
      const looked = await look(now);
      // From here on at once: a number given out must be greater than that of everything heard of.
      const sent: M[] = [];
      if (begin !== undefined) {
        sent.push(...begun(begin, now));
        begin = undefined;
      }
      sent.push(...changes.take().flatMap(({ number, value }) => told(value, () => number)));
      for (const { kind, change } of looked) {
        if (kind === 'changed') {
          sent.push(...told(change, feed.number));
        } else if (known.get(change.id) === change) {
          last = feed.number();
          sent.push(followed.notice(change, now, last));
        }
      }
      for (const message of messages.take()) {
        last = feed.number();
        sent.push(followed.text(message, last));
      }
      return sent;
    },
    nextAt: () => followed.nextAt([...known.values()], lookedAt),
    heartbeat: (now) => followed.heartbeat(now, last),
    isOver: () => followed.isOver([...known.values()]),
    close: following.close,
  };
}

/** The number in a resume token; `undefined` without one, and for one that no number can be. */
export function resumeNumber(resumeToken: string): number | undefined {
  const number = Number(resumeToken);
  return resumeToken !== '' && Number.isSafeInteger(number) ? number : undefined;
}
