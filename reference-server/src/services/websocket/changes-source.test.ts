import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryFeed, topic } from '../../feed/index.ts';
import { type Change, changesSource, type Followed, resumeNumber } from './changes-source.ts';
import { messageBox } from './message-box.ts';

/** A thing that counts up. */
interface Count extends Change {
  readonly count: number;
}

/** What a reader is told. */
interface Told {
  readonly number: number;
  readonly what: 'began' | 'changed' | 'notice' | 'text' | 'heartbeat';
  readonly id?: string;
  readonly count?: number;
}

const counts = topic<Count>('counts');

/** Things in a store of their own that are published after they are written. */
function world() {
  const feed = memoryFeed({ clock: () => 1_800_000_000_000 });
  const stored = new Map<string, Count>();
  /** Ends what the source waits for: reads, and looks. */
  let release: (() => void)[] = [];
  const held = () => new Promise<void>((resolve) => release.push(resolve));
  const followed: Followed<Count, Told> = {
    topics: [counts],
    wants: () => true,
    async read() {
      const state = [...stored.values()];
      await held();
      return state;
    },
    isNewer: (change, known) => change.count > known.count,
    isOver: () => false,
    nextAt: (_, lookedAt) => lookedAt + 10,
    async look(known) {
      await held();
      return known.slice(0, 1).map((change) => ({ kind: 'notice', change }));
    },
    update: ({ id, count }, _, what, number) => ({ number, what, id, count }),
    notice: ({ id, count }, _, number) => ({ number, what: 'notice', id, count }),
    text: (_, number) => ({ number, what: 'text' }),
    heartbeat: (_, number) => ({ number, what: 'heartbeat' }),
  };
  const messages = messageBox(() => undefined);
  return {
    stored,
    messages,
    change(id: string) {
      const next = { id, count: (stored.get(id)?.count ?? 0) + 1 };
      stored.set(id, next);
      feed.publish(counts, () => next);
    },
    letGo() {
      for (const resolve of release) {
        resolve();
      }
      release = [];
    },
    open: (after?: number) =>
      changesSource(followed, { feed, after, messages, now: 0, wake: () => undefined }),
  };
}

const idle = () => new Promise<void>((resolve) => setImmediate(resolve));

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c').map((id) => ({ do: 'change', id }) as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'let go' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'take' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'reconnect' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'text' } as const) },
);

test('a reader ends up with what is, whatever happens while it is read, and numbers only grow', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(3), async (steps, taken) => {
      const { stored, messages, change, letGo, open } = world();
      const seen = new Map<string, number>();
      let last = 0;
      let now = 0;
      const settle = async <T>(work: Promise<T>): Promise<T> => {
        letGo();
        await idle();
        letGo();
        return work;
      };
      const apply = (all: readonly Told[]): void => {
        for (const { number, what, id, count } of all) {
          expect(number).toBeGreaterThanOrEqual(what === 'heartbeat' ? last : last + 1);
          last = number;
          if (id !== undefined && count !== undefined && what !== 'notice') {
            // What the state began with may repeat what was known before the connection was lost.
            expect(count).toBeGreaterThanOrEqual((seen.get(id) ?? 0) + (what === 'changed' ? 1 : 0));
            seen.set(id, count);
          }
        }
      };

      let source = await settle(open());
      let taking: Promise<Iterable<Told>> | undefined;
      const finish = async (): Promise<void> => {
        if (taking !== undefined) {
          apply([...(await settle(taking))]);
          taking = undefined;
        }
      };
      for (const each of steps) {
        if (each.do === 'change') {
          change(each.id);
        } else if (each.do === 'text') {
          messages.put({ text: '', priority: 2, at: 0, traceId: '' });
        } else if (each.do === 'let go') {
          letGo();
          await idle();
        } else if (each.do === 'take') {
          await finish();
          now += 7;
          // Looks now and then, and changes come while it does.
          taking = Promise.resolve(source.take(now));
        } else {
          // The connection is lost after some of what was sent has arrived.
          const sent = taking === undefined ? [] : [...(await settle(taking))];
          taking = undefined;
          apply(sent.slice(0, taken));
          source.close();
          const opening = open(last);
          change('a');
          source = await settle(opening);
          now = 0;
        }
      }
      await finish();
      apply([...(await settle(Promise.resolve(source.take(now))))]);
      expect(Object.fromEntries(seen)).toEqual(
        Object.fromEntries([...stored].map(([id, { count }]) => [id, count])),
      );
    }),
    { numRuns: 300 },
  );
});

test('more changes than may wait end the stream of a reader who does not take them', async () => {
  const { change, letGo, open } = world();
  const opening = open();
  letGo();
  await idle();
  letGo();
  const source = await opening;
  await source.take(0);
  for (let at = 0; at < 257; at++) {
    change('a');
  }
  await expect(Promise.resolve(source.take(1))).rejects.toThrow(/read too slowly/);
});

test('a resume token is a number, or none', () => {
  expect(['', '0', '17', '9007199254740991', '9999999999999999999'].map(resumeNumber)).toEqual([
    undefined,
    0,
    17,
    9_007_199_254_740_991,
    undefined,
  ]);
});
