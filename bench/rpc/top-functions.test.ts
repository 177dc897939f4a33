import { expect, test } from 'vitest';
import { topFunctions } from './top-functions.ts';

const frame = (functionName: string, url: string, lineNumber: number) => ({ functionName, url, lineNumber });
const profile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)', '', -1) },
    { id: 2, callFrame: frame('start', 'file:///somewhere/packages/server/src/a.ts', 1) },
    { id: 3, callFrame: frame('serve', 'file:///somewhere/packages/server/src/a.ts', 8) },
    { id: 4, callFrame: frame('', 'node:events', 4) },
    // The same function, called from elsewhere.
    { id: 5, callFrame: frame('serve', 'file:///somewhere/packages/server/src/a.ts', 8) },
  ],
  samples: [2, 3, 4, 1, 5],
  timeDeltas: [5_000, 1_000, 2_000, 90_000, 5_000],
};

test('functions by the time they ran themselves, without idle time and the beginning', () => {
  expect(topFunctions(profile, 10, 5)).toEqual([
    { share: '75.0 %', milliseconds: 6, function: 'serve', where: 'packages/server/src/a.ts:9' },
    { share: '25.0 %', milliseconds: 2, function: '(anonymous)', where: 'node:events:5' },
  ]);
  expect(topFunctions(profile, 1, 0)).toMatchObject([{ function: 'serve', share: '46.2 %' }]);
});
