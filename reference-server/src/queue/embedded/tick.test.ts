import { expect, onTestFinished, test, vi } from 'vitest';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import { answerTable } from '../testdata/answer-table.ts';
import { onSale, roomy, take } from '../testdata/test-queue.ts';
import { lineTable, openEmbeddedQueue, placeTable } from './index.ts';

/** A queue that ticks by itself, into which one buyer fits, and the frontier that was written down last. */
async function ticking() {
  const store = await openEmbeddedStore({ tables: [placeTable, lineTable, answerTable] });
  let maxActive = 1;
  let looks = 0;
  const queue = await openEmbeddedQueue({
    store,
    settings: {
      ...roomy,
      maxActiveBuyers: () => {
        looks++;
        return maxActive;
      },
    },
    onFailure: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await queue.close();
    await store.close();
  });
  queue.follow('e', onSale);
  return {
    queue,
    looks: () => looks,
    makeRoom: () => {
      maxActive = 10;
    },
    written: async () => (await store.get(lineTable, 'e'))?.value,
  };
}

const patience = { timeout: 20_000 };

test('who waits is let in by the clock alone, though nobody had been waiting for a while', async () => {
  const { queue, makeRoom, written } = await ticking();
  await take(queue, 'first');
  await vi.waitFor(async () => expect(await written()).toMatchObject({ admitted: 1 }), patience);
  await take(queue, 'second');
  makeRoom();
  await vi.waitFor(async () => expect(await written()).toMatchObject({ admitted: 2 }), patience);
});

test('a line in which nobody waits is looked at less often than one in which somebody does', async () => {
  const { queue, looks, written } = await ticking();
  await take(queue, 'first');
  await vi.waitFor(async () => expect(await written()).toMatchObject({ admitted: 1 }), patience);
  const during = async (milliseconds: number): Promise<number> => {
    const before = looks();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    return looks() - before;
  };
  const alone = await during(1_500);
  await take(queue, 'second');
  // As often as the same time has it, or more often on a machine that was slow before.
  await vi.waitFor(async () => expect(await during(1_500)).toBeGreaterThan(2 * alone), patience);
});

test('a queue that is closed ticks no more', async () => {
  const { queue, looks } = await ticking();
  await take(queue, 'first');
  await take(queue, 'second');
  await queue.close();
  const before = looks();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(looks()).toBe(before);
});
