import { expect, test } from 'vitest';
import { createLane } from './lane.ts';

const endOfTurn = () => new Promise(setImmediate);

/** @param now - stands still unless said otherwise */
function recordingLane(now = () => 0) {
  const sent: (readonly string[])[] = [];
  const lane = createLane<string, number>((requests) => sent.push(requests), now);
  const ask = (request: string) =>
    new Promise<number>((resolve, reject) => lane.add(request, { resolve, reject }));
  return { sent, lane, ask };
}

test('the requests of one turn travel in one message, and get their answers in order', async () => {
  const { sent, lane, ask } = recordingLane();
  const answers = Promise.all([ask('a'), ask('b'), Promise.resolve().then(() => ask('c'))]);
  await endOfTurn();
  expect(sent).toStrictEqual([]);
  await endOfTurn();
  expect(sent).toStrictEqual([['a', 'b', 'c']]);
  lane.answered([1, 2, 3]);
  expect(await answers).toStrictEqual([1, 2, 3]);
});

test('requests gather as long as every turn brings more', async () => {
  const { sent, ask } = recordingLane();
  for (const request of ['a', 'b', 'c']) {
    void ask(request);
    await endOfTurn();
  }
  expect(sent).toStrictEqual([]);
  await endOfTurn();
  expect(sent).toStrictEqual([['a', 'b', 'c']]);
});

test('they do not gather for ever, however few each turn brings', async () => {
  const { sent, ask } = recordingLane();
  const turns: number[] = [];
  for (let turn = 1; turn <= 20; turn++) {
    void ask(`of turn ${turn}`);
    await endOfTurn();
    if (sent.length > turns.length) {
      turns.push(turn);
    }
  }
  expect(turns).toStrictEqual([8]);
  expect(sent[0]).toHaveLength(8);
});

test('nor for longer than turns that take their time', async () => {
  let time = 1000;
  const { sent, lane, ask } = recordingLane(() => time);
  void ask('a');
  time += 2;
  await endOfTurn();
  expect(sent).toStrictEqual([['a']]);
  // While a message is under way they do; that it is answered is when they begin to count.
  void ask('b');
  time += 100;
  lane.answered([1]);
  time += 1;
  await endOfTurn();
  void ask('c');
  expect(sent).toHaveLength(1);
  time += 1;
  await endOfTurn();
  expect(sent).toStrictEqual([['a'], ['b', 'c']]);
});

test('many of them leave at the end of their turn', async () => {
  const { sent, ask } = recordingLane();
  const many = Array.from({ length: 32 }, (_, at) => `${at}`);
  for (const request of many) {
    void ask(request);
  }
  expect(sent).toStrictEqual([]);
  await endOfTurn();
  expect(sent).toStrictEqual([many]);
});

test('while a message is under way the next one gathers, and leaves when a turn after the answer brings no more', async () => {
  const { sent, lane, ask } = recordingLane();
  const answers = [ask('a')];
  await endOfTurn();
  await endOfTurn();
  for (const request of ['b', 'c']) {
    answers.push(ask(request));
    await endOfTurn();
    await endOfTurn();
  }
  expect(sent).toStrictEqual([['a']]);
  lane.answered([1]);
  await endOfTurn();
  expect(sent).toStrictEqual([['a']]);
  await endOfTurn();
  expect(sent).toStrictEqual([['a'], ['b', 'c']]);
  lane.answered([2, 3]);
  expect(await Promise.all(answers)).toStrictEqual([1, 2, 3]);
});

test('who asks on being answered is in the same message as those who have waited', async () => {
  const { sent, lane, ask } = recordingLane();
  void ask('a').then(() => ask('d'));
  await endOfTurn();
  await endOfTurn();
  void ask('b');
  lane.answered([1]);
  await endOfTurn();
  await endOfTurn();
  expect(sent).toStrictEqual([['a'], ['b', 'd']]);
});

test('many that have gathered leave before those who are answered go on', async () => {
  const { sent, lane, ask } = recordingLane();
  const first = ask('first').then((answer) => [answer, sent.length]);
  await endOfTurn();
  await endOfTurn();
  const many = Array.from({ length: 32 }, (_, at) => `${at}`);
  for (const request of many) {
    void ask(request);
  }
  lane.answered([1]);
  expect(sent).toStrictEqual([['first'], many]);
  expect(await first).toStrictEqual([1, 2]);
});

test('flushing sends what has gathered, whatever is under way', async () => {
  const { sent, ask, lane } = recordingLane();
  void ask('a');
  await endOfTurn();
  await endOfTurn();
  void ask('b');
  void ask('c');
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
    await endOfTurn();
  }
  waiting.push(ask('d').catch((error: Error) => error.message));
  lane.fail(new Error('lost'));
  expect(await Promise.all(waiting)).toStrictEqual(['lost', 'lost', 'lost', 'lost']);
  await endOfTurn();
  expect(sent).toStrictEqual([['a']]);
});
