/**
 * How much of what goes through a `Map` and a `TurnoverMap` becomes old with it: prints the share of each, as JSON. To be run
 * with `--expose-gc`.
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { TurnoverMap } from '../turnover-map.ts';

const AT_ONCE = 10;
const ITEMS = 10_000;
const ITEM_BYTES = 8 * 1024;
const PASSES = 4;

const collect = (globalThis as unknown as { gc(how: { type: 'minor' | 'major' }): void }).gc;

/** What the old objects take, those that nobody needs any more included. */
function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name.startsWith('old'))
    .reduce((sum, { space_used_size: size }) => sum + size, 0);
}

interface Entries {
  set(key: string, value: object): unknown;
  delete(key: string): boolean;
}

function share(map: Entries): number {
  let before = 0;
  for (let at = 0; at < ITEMS; at++) {
    if (at === 200) {
      // The table that is in use by now becomes old.
      collect({ type: 'major' });
      before = oldBytes();
    }
    map.set(`key-${at}`, new Array<number>(ITEM_BYTES / 8).fill(at));
    map.delete(`key-${at - AT_ONCE}`);
    if (at % 500 === 0) {
      collect({ type: 'minor' });
    }
  }
  return (oldBytes() - before) / (ITEMS * ITEM_BYTES);
}

/** The smallest of some passes: what else a process does is only more. The first makes room. */
function least(create: () => Entries): number {
  share(create());
  return Math.min(...Array.from({ length: PASSES }, () => share(create())));
}

console.log(JSON.stringify({ map: least(() => new Map()), turnover: least(() => new TurnoverMap()) }));
