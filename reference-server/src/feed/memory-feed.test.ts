import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, type Feed, memoryFeed, topic } from './index.ts';

const news = topic<string>('news');
const START = 1_800_000_000_000;

/** A feed whose time is told. */
function feedAt(options: { maxEntries?: number; keepMs?: number; maxKept?: number } = {}) {
  let now = START;
  const feed = memoryFeed({ clock: () => now, ...options });
  return {
    feed,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

/** Follows, and keeps what comes. */
async function follow(feed: Feed, after?: number, topics = [news]) {
  const entries: Entry<string>[] = [];
  const { missed, close } = await feed.follow(topics, { after, receive: (entry) => entries.push(entry) });
  return { entries, missed: missed?.map(({ value }) => value), close };
}

const values = (entries: readonly Entry<string>[]) => entries.map(({ value }) => value);

test('nothing is made for those who do not listen', async () => {
  const { feed } = feedAt();
  const make = (): string => {
    throw new Error('nobody would hear it');
  };
  feed.publish(news, make);
  const { close } = await follow(feed, undefined, [topic<string>('other')]);
  feed.publish(news, make);
  close();
});

test('followers get what is published while they follow, in order and with growing numbers', async () => {
  const { feed } = feedAt();
  const first = await follow(feed);
  feed.publish(news, () => 'a');
  const second = await follow(feed);
  feed.publish(news, () => 'b');
  feed.publish(topic('other'), () => 'x');
  first.close();
  feed.publish(news, () => 'c');
  expect(values(first.entries)).toEqual(['a', 'b']);
  expect(values(second.entries)).toEqual(['b', 'c']);
  const numbers = second.entries.map(({ number }) => number);
  expect(feed.number()).toBeGreaterThan(Math.max(...numbers));
  expect(numbers[1]).toBeGreaterThan(numbers[0] as number);
});

test('who comes back is told what was missed, also of several topics', async () => {
  const { feed } = feedAt();
  const other = topic<string>('other');
  const before = await follow(feed, undefined, [news, other]);
  feed.publish(news, () => 'a');
  before.close();
  feed.publish(other, () => 'b');
  feed.publish(news, () => 'c');
  const after = await follow(feed, before.entries[0]?.number, [other, news, news]);
  expect(after.missed).toEqual(['b', 'c']);
  feed.publish(news, () => 'd');
  expect(values(after.entries)).toEqual(['d']);
});

test('whoever comes back however often, wherever they stopped, has everything once', async () => {
  const step = fc.oneof(
    fc.constant('publish' as const),
    fc.constant('leave' as const),
    fc.constant('return' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, another) => {
      const { feed } = feedAt();
      // Whether others follow as well makes no difference.
      const others = another ? await follow(feed) : undefined;
      let reader: Awaited<ReturnType<typeof follow>> | undefined = await follow(feed);
      let last = feed.number();
      const got: string[] = [];
      const take = () => {
        got.push(...(reader?.missed ?? []), ...values(reader?.entries ?? []));
      };
      let published = 0;
      for (const what of steps) {
        if (what === 'publish') {
          feed.publish(news, () => String(++published));
        } else if (what === 'leave' && reader !== undefined) {
          take();
          last = reader.entries.at(-1)?.number ?? (reader.missed?.length ? feed.number() : last);
          reader.close();
          reader = undefined;
        } else if (what === 'return' && reader === undefined) {
          reader = await follow(feed, last);
          expect(reader.missed).toBeDefined();
        }
      }
      if (reader === undefined) {
        reader = await follow(feed, last);
      }
      take();
      expect(got).toEqual(Array.from({ length: published }, (_, at) => String(at + 1)));
      others?.close();
    }),
  );
});

test('who missed too much, or was away for too long, is told so', async () => {
  const { feed } = feedAt({ maxEntries: 3 });
  const leave = async (): Promise<number> => {
    (await follow(feed)).close();
    return feed.number();
  };
  const first = await leave();
  for (const value of ['a', 'b', 'c']) {
    feed.publish(news, () => value);
  }
  expect((await follow(feed, first)).missed).toEqual(['a', 'b', 'c']);
  feed.publish(news, () => 'd');
  expect((await follow(feed, first)).missed).toBeUndefined();
});

test('a topic is forgotten a while after the last one has left it', async () => {
  const { feed, pass } = feedAt({ keepMs: 1_000 });
  for (const [away, isKnown] of [
    [999, true],
    [1_000, false],
  ] as const) {
    (await follow(feed)).close();
    const last = feed.number();
    pass(away);
    feed.publish(news, () => 'a');
    const back = await follow(feed, last);
    expect(back.missed).toEqual(isKnown ? ['a'] : undefined);
    back.close();
  }
});

test('only so many topics are kept that nobody follows', async () => {
  const { feed } = feedAt({ maxKept: 2 });
  const left = ['a', 'b', 'c'].map((name) => topic<string>(name));
  for (const each of left) {
    (await follow(feed, undefined, [each])).close();
  }
  const last = feed.number();
  const known = await Promise.all(left.map((each) => follow(feed, last, [each])));
  expect(known.map(({ missed }) => missed)).toEqual([undefined, [], []]);
});

test('numbers that were never given out, or not to go on from, continue nothing', async () => {
  const { feed, pass } = feedAt();
  await follow(feed);
  const last = feed.number();
  const unfinished = feed.unfinishedNumber();
  expect(unfinished).toBeGreaterThan(last);
  for (const number of [0, 1, unfinished, last + 1_000_000, START]) {
    expect((await follow(feed, number)).missed, String(number)).toBeUndefined();
  }
  expect((await follow(feed, last)).missed).toEqual([]);
  // A later process: its numbers are greater, and it knows nothing of earlier ones.
  pass(5);
  const later = memoryFeed({ clock: () => START + 5 });
  await follow(later);
  expect(later.number()).toBeGreaterThan(feed.number());
  expect((await follow(later, last)).missed).toBeUndefined();
});

test('what is told reaches who hears it now, and it is known how many took it', async () => {
  const { feed } = feedAt();
  const heard: string[] = [];
  expect(await feed.tell(news, 'a')).toBe(0);
  const stop = feed.hear(news, (value) => heard.push(value) > 0);
  const refuse = feed.hear(news, () => false);
  expect(await feed.hearers(news)).toBe(2);
  expect(await feed.tell(news, 'b')).toBe(1);
  stop();
  refuse();
  expect(await feed.hearers(news)).toBe(0);
  expect(await feed.tell(news, 'c')).toBe(0);
  expect(heard).toEqual(['b']);
});
