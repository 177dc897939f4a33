import { expect, test } from 'vitest';
import { type QueueEvent, queueEvents } from './queue-events.ts';

function lookup(sale: QueueEvent['sale'] = 'ON_SALE') {
  let now = 0;
  let reads = 0;
  const followed: string[] = [];
  let answer: () => Promise<QueueEvent | undefined> = async () => ({ id: 'e', sale });
  const events = queueEvents({
    eventOf: () => {
      reads++;
      return answer();
    },
    clock: () => now,
    maxAgeMs: 250,
    onRead: ({ id }) => followed.push(id),
  });
  return {
    events,
    followed,
    reads: () => reads,
    pass: (ms: number) => {
      now += ms;
    },
    answer: (next: typeof answer) => {
      answer = next;
    },
  };
}

test('an event on sale is read once in a while, however many ask, also at once', async () => {
  const { events, reads, pass, followed } = lookup();
  await Promise.all(Array.from({ length: 10 }, () => events.get('e')));
  expect(reads()).toBe(1);
  pass(249);
  await events.get('e');
  expect(reads()).toBe(1);
  pass(1);
  await events.get('e');
  expect(reads()).toBe(2);
  expect(followed).toEqual(['e', 'e']);
});

test('one that is not on sale, or not there, is asked for each time', async () => {
  const { events, reads, answer } = lookup('SCHEDULED');
  await events.get('e');
  await events.get('e');
  expect(reads()).toBe(2);
  answer(async () => undefined);
  expect(await events.get('e')).toBeUndefined();
  answer(async () => ({ id: 'e', sale: 'ON_SALE' }));
  expect(await events.get('e')).toMatchObject({ sale: 'ON_SALE' });
});

test('while the catalog fails an older event is better than none, and it is asked again', async () => {
  const { events, reads, answer, pass } = lookup();
  const fails = () => {
    throw new Error('down');
  };
  answer(fails);
  await expect(events.get('e')).rejects.toThrow('down');
  answer(async () => ({ id: 'e', sale: 'ON_SALE' }));
  await events.get('e');
  answer(fails);
  pass(1_000);
  expect(await events.get('e')).toMatchObject({ sale: 'ON_SALE' });
  expect(await events.get('e')).toMatchObject({ sale: 'ON_SALE' });
  expect(reads()).toBe(4);
});
