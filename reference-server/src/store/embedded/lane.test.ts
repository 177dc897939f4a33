import { expect, test } from 'vitest';
import { createLane } from './lane.ts';

const endOfTurn = () => new Promise(setImmediate);

function recordingLane() {
  const sent: (readonly string[])[] = [];
  const lane = createLane<string, number>((requests) => sent.push(requests));
  const ask = (request: string) =>
    new Promise<number>((resolve, reject) => lane.add(request, { resolve, reject }));
  return { sent, lane, ask };
}

test('the requests of one turn travel in one message, and get their answers in order', async () => {
  const { sent, lane, ask } = recordingLane();
  const answers = Promise.all([ask('a'), ask('b'), Promise.resolve().then(() => ask('c'))]);
  expect(sent).toStrictEqual([]);
  await endOfTurn();
  expect(sent).toStrictEqual([['a', 'b', 'c']]);
  lane.answered([1, 2, 3]);
  expect(await answers).toStrictEqual([1, 2, 3]);
});

test('while a message is under way the next one gathers, and leaves with the answer', async () => {
  const { sent, lane, ask } = recordingLane();
  const answers: Promise<number>[] = [];
  for (const request of ['a', 'b', 'c', 'd']) {
    answers.push(ask(request));
    await endOfTurn();
  }
  expect(sent).toStrictEqual([['a']]);
  lane.answered([1]);
  expect(sent).toStrictEqual([['a'], ['b', 'c', 'd']]);
  lane.answered([2, 3, 4]);
  expect(await Promise.all(answers)).toStrictEqual([1, 2, 3, 4]);
});

test('flushing sends what has gathered, whatever is under way', async () => {
  const { sent, ask, lane } = recordingLane();
  for (const request of ['a', 'b', 'c']) {
    void ask(request);
    await endOfTurn();
  }
  void ask('d');
  lane.flush();
  expect(sent).toStrictEqual([['a'], ['b', 'c', 'd']]);
  lane.flush();
  await endOfTurn();
  expect(sent).toHaveLength(2);
});

test('a failure reaches everyone who waits, sent or not', async () => {
  const { sent, ask, lane } = recordingLane();
  const waiting: Promise<unknown>[] = [];
  for (const request of ['a', 'b', 'c']) {
    waiting.push(ask(request).catch((error: Error) => error.message));
    await endOfTurn();
  }
  waiting.push(ask('d').catch((error: Error) => error.message));
  lane.fail(new Error('lost'));
  expect(await Promise.all(waiting)).toStrictEqual(['lost', 'lost', 'lost', 'lost']);
  await endOfTurn();
  expect(sent).toStrictEqual([['a']]);
});
