import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageBox } from './message-box.ts';
import { addressesOf, messagesFor, type TextMessage, URGENT } from './text-message.ts';

const message = (text: string, priority: number): TextMessage => ({ text, priority, at: 0, traceId: '' });
const texts = (messages: readonly TextMessage[]) => messages.map(({ text }) => text);

test('messages come out in the order they came in, urgent ones first, once', () => {
  let woken = 0;
  const box = messageBox(() => woken++);
  for (const [text, priority] of [
    ['a', 1],
    ['b', URGENT],
    ['c', 3],
    ['d', URGENT],
  ] as const) {
    expect(box.put(message(text, priority))).toBe(true);
  }
  expect(woken).toBe(4);
  expect(texts(box.take())).toEqual(['b', 'd', 'a', 'c']);
  expect(box.take()).toEqual([]);
});

test('where there is no room, the least important is left out, of equals the oldest', () => {
  const box = messageBox(() => undefined, 3);
  box.put(message('normal', 2));
  box.put(message('low', 1));
  box.put(message('high', 3));
  expect(box.put(message('normal 2', 2))).toBe(true);
  expect(box.put(message('low 2', 1))).toBe(false);
  expect(box.put(message('urgent', URGENT))).toBe(true);
  expect(texts(box.take())).toEqual(['urgent', 'high', 'normal 2']);
});

test('never more than there is room for, never an urgent one left out unless the stream ends', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4 })),
      fc.integer({ min: 1, max: 5 }),
      (priorities, room) => {
        const box = messageBox(() => undefined, room);
        for (const [at, priority] of priorities.entries()) {
          box.put(message(String(at), priority));
        }
        const urgent = priorities.filter((priority) => priority === URGENT).length;
        if (urgent > room) {
          expect(() => box.take()).toThrow(/read too slowly/);
          return;
        }
        const taken = box.take();
        expect(taken).toHaveLength(Math.min(room, priorities.length));
        const left = priorities.toSorted((a, b) => b - a).slice(0, room);
        expect(taken.map(({ priority }) => priority).toSorted((a, b) => b - a)).toEqual(left);
      },
    ),
  );
});

test('a stream is reached by its user, by its session, and by both, and by nothing else', () => {
  const reached = (userId: string, sessionId: string) =>
    addressesOf({ userId, sessionId }).map((address) => messagesFor(address).name);
  const topicOf = (userId: string, sessionId: string) => messagesFor({ userId, sessionId }).name;
  expect(reached('u', 's')).toEqual([topicOf('u', ''), topicOf('', 's'), topicOf('u', 's')]);
  expect(reached('u', '')).toEqual([topicOf('u', '')]);
  expect(reached('', 's')).toEqual([topicOf('', 's')]);
  expect(reached('', '')).toEqual([]);
  // No names can be put together so that they mean somebody else's.
  expect(topicOf('a', 'b","c')).not.toBe(topicOf('a","b', 'c'));
});
