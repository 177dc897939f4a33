import { checkName } from './check-name.ts';
import { limits } from './limits.ts';
import type { Write } from './write.ts';

/** Refuses a transaction that no driver may accept: its size, its keys, its conditions. */
export function checkWrites(writes: readonly Write[]): void {
  if (writes.length < 1 || writes.length > limits.writes) {
    throw new RangeError(`a transaction has 1 to ${limits.writes} writes, this one has ${writes.length}`);
  }
  for (const write of writes) {
    checkName(write.key, 'key', write.table.name);
    if (typeof write.if === 'object' && !(Number.isSafeInteger(write.if.version) && write.if.version > 0)) {
      throw new TypeError(
        `${itemName(write)}: the condition's version is ${write.if.version}, not one of an item`,
      );
    }
    if (write.kind === 'put' && write.expiresAt !== undefined && !Number.isSafeInteger(write.expiresAt)) {
      throw new TypeError(
        `${itemName(write)}: expiresAt is ${write.expiresAt}, not whole epoch milliseconds`,
      );
    }
  }
  checkDistinct(writes);
}

/** An item as errors name it. */
function itemName(write: Write): string {
  return `${write.table.name}/${write.key}`;
}

function checkDistinct(writes: readonly Write[]): void {
  if (writes.length <= 8) {
    // Fewer comparisons than a set costs.
    for (let later = 1; later < writes.length; later++) {
      for (let earlier = 0; earlier < later; earlier++) {
        if (writes[later]?.key === writes[earlier]?.key && writes[later]?.table === writes[earlier]?.table) {
          throw repeated(writes[later]);
        }
      }
    }
    return;
  }
  const seen = new Set<string>();
  for (const write of writes) {
    const size = seen.size;
    if (seen.add(itemName(write)).size === size) {
      throw repeated(write);
    }
  }
}

function repeated(write: Write | undefined): Error {
  return new Error(`${write && itemName(write)} is written twice in one transaction: merge the two writes`);
}
