import type { Caller } from '@traffic-tacos/server';

/** Who makes a change, as the audit and the log name them. */
export function authorOf({ kind, id }: Caller): string {
  return id === '' ? kind : `${kind}:${id}`;
}
