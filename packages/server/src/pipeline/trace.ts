import { randomFillSync } from 'node:crypto';

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

// Randomness and its digits are cheap by the kilobyte and dear by the id.
const pool = Buffer.allocUnsafe(8192);
/** Bytes whose digits are made at once. Not many: an id keeps all of them alive. */
const AT_ONCE = 128;
let from = pool.length;
let digits = '';
let used = 0;

function randomHex(bytes: number): string {
  if (used + 2 * bytes > digits.length) {
    if (from === pool.length) {
      randomFillSync(pool);
      from = 0;
    }
    digits = pool.toString('hex', from, from + AT_ONCE);
    from += AT_ONCE;
    used = 0;
  }
  const start = used;
  used += 2 * bytes;
  return digits.slice(start, used);
}

/** The trace id of a W3C `traceparent` header; a new one where there is none, or none that is valid. */
export function traceIdOf(traceparent: string | null | undefined): string {
  return (traceparent && TRACEPARENT.exec(traceparent)?.[1]) || randomHex(TRACE_BYTES);
}

/** 16 hexadecimal digits for the span of a call. */
export function newSpanId(): string {
  return randomHex(SPAN_BYTES);
}
