import { isDeepStrictEqual } from 'node:util';
import type { Item } from '../store.ts';
import type { Write } from '../write.ts';
import type { Ticket } from './tables.ts';

/** The items that exist, by key. */
export type ModelState = ReadonlyMap<string, Item<Ticket>>;

/** Something that was done at the same time as others. */
export type Operation = { readonly writes: readonly Write[] } | { readonly read: string };

/** What came of it: the version of a transaction, the writes that it failed on, or the item that was read. */
export type Outcome =
  | { readonly version: number }
  | { readonly failed: readonly number[] }
  | { readonly item: Item<Ticket> | undefined };

/**
 * Whether the operations, done one after the other in some order, have these outcomes and end in this state. No time
 * passes meanwhile.
 */
export function explains(
  state: ModelState,
  operations: readonly Operation[],
  outcomes: readonly Outcome[],
  final: ModelState,
  now: number,
): boolean {
  if (operations.length === 0) {
    return isDeepStrictEqual(state, final);
  }
  return operations.some((operation, at) => {
    const outcome = outcomes[at];
    const next = outcome && step(state, operation, outcome, now);
    return (
      next !== undefined && explains(next, operations.toSpliced(at, 1), outcomes.toSpliced(at, 1), final, now)
    );
  });
}

/** The state after the operation, or `undefined` when it cannot have this outcome in this state. */
function step(
  state: ModelState,
  operation: Operation,
  outcome: Outcome,
  now: number,
): ModelState | undefined {
  if ('read' in operation) {
    return 'item' in outcome && isDeepStrictEqual(state.get(operation.read), outcome.item)
      ? state
      : undefined;
  }
  const { writes } = operation;
  const unmet = writes.flatMap((write, at) => (holds(state.get(write.key), write) ? [] : [at]));
  if ('failed' in outcome) {
    // The first is named at least, and none that held.
    const named = outcome.failed.length > 0 && outcome.failed[0] === unmet[0];
    return named && outcome.failed.every((at) => unmet.includes(at)) ? state : undefined;
  }
  return 'version' in outcome && unmet.length === 0 ? apply(state, writes, outcome.version, now) : undefined;
}

function holds(item: Item<Ticket> | undefined, write: Write): boolean {
  if (write.if === undefined) {
    return true;
  }
  if (write.if === 'absent' || write.if === 'present') {
    return (item !== undefined) === (write.if === 'present');
  }
  return item?.version === write.if.version;
}

function apply(state: ModelState, writes: readonly Write[], version: number, now: number): ModelState {
  const next = new Map(state);
  for (const write of writes) {
    if (write.kind === 'put') {
      const { key, value, expiresAt } = write;
      const item = { key, value: value as Ticket, version };
      next.set(key, expiresAt === undefined ? item : { ...item, expiresAt });
      if (expiresAt !== undefined && expiresAt <= now) {
        next.delete(key);
      }
    } else if (write.kind === 'remove') {
      next.delete(write.key);
    }
  }
  return next;
}
