import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallContext } from './call-context.ts';
import { createRunningCalls, type Running } from './running-calls.ts';

/** What of a call its place among others consists of. */
function fakeCall(): CallContext {
  const place: Running = { isRunning: false, nextRunning: undefined, previousRunning: undefined };
  return place as CallContext;
}

test('has those calls that were added and not taken out, whatever the order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ at: fc.nat({ max: 7 }), adds: fc.boolean() })), async (steps) => {
      const calls = Array.from({ length: 8 }, fakeCall);
      const running = createRunningCalls();
      const model = new Set<CallContext>();
      let emptied = 0;
      for (const { at, adds } of steps) {
        const call = calls[at] as CallContext;
        const wasBusy = model.size > 0;
        if (wasBusy) {
          running.idle().then(() => emptied++);
        }
        if (!adds) {
          running.delete(call);
          model.delete(call);
        } else if (!model.has(call)) {
          running.add(call);
          model.add(call);
        }
        expect(new Set(running)).toEqual(model);
        expect([...running]).toHaveLength(model.size);
        await Promise.resolve();
        expect(emptied > 0).toBe(wasBusy && model.size === 0);
        emptied = 0;
      }
    }),
  );
});

test('who goes through the calls may take out any of them', () => {
  const calls = Array.from({ length: 3 }, fakeCall);
  const running = createRunningCalls();
  calls.forEach(running.add);
  const seen: CallContext[] = [];
  for (const call of running) {
    seen.push(call);
    calls.forEach(running.delete);
  }
  expect(seen).toHaveLength(3);
  expect([...running]).toEqual([]);
});
