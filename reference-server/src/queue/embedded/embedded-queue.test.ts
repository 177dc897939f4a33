import { onTestFinished } from 'vitest';
import { openEmbeddedStore } from '../../store/embedded/index.ts';
import { answerTable } from '../testdata/answer-table.ts';
import { drawSuite } from '../testdata/draw-suite.ts';
import { queueSuite } from '../testdata/queue-suite.ts';
import { type OpenTestQueue, roomy } from '../testdata/test-queue.ts';
import { lineTable, openEmbeddedQueue, placeTable } from './index.ts';

const open: OpenTestQueue = async (settings) => {
  let time = Date.UTC(2026, 0, 1);
  const clock = () => time;
  const store = await openEmbeddedStore({ tables: [placeTable, lineTable, answerTable], clock });
  const queue = await openEmbeddedQueue({
    store,
    clock,
    settings: { ...roomy, ...settings },
    tickMs: 0,
    onFailure: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await queue.close();
    await store.close();
  });
  return {
    queue,
    store,
    now: clock,
    async pass(ms) {
      time += ms;
      await queue.tick();
    },
  };
};

queueSuite(open);
drawSuite(open);
