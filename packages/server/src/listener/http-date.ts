import type { Fields } from '../dispatch/index.ts';

const MILLISECONDS = 1000;

let second = 0;
let fields: Fields = [];

/** The date of an answer (RFC 9110, 6.6.1), made once a second. */
export function dateFields(now: number = Date.now()): Fields {
  const current = Math.floor(now / MILLISECONDS);
  if (current !== second) {
    second = current;
    fields = ['date', new Date(now).toUTCString()];
  }
  return fields;
}
