import { randomFillSync } from 'node:crypto';

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

// Randomness and its digits are cheap by the kilobyte and dear by the id. An id keeps all of its digits alive: not too many.
const pool = Buffer.allocUnsafe(512);
let digits = '';
let used = 0;

function randomHex(bytes: number): string {
  if (used + 2 * bytes > digits.length) {
    digits = randomFillSync(pool).toString('hex');
    used = 0;
  }
  const from = used;
  used += 2 * bytes;
  return digits.slice(from, used);
}

/** The trace id of a W3C `traceparent` header; a new one where there is none, or none that is valid. */
export function traceIdOf(traceparent: string | null | undefined): string {
  return (traceparent && TRACEPARENT.exec(traceparent)?.[1]) || randomHex(TRACE_BYTES);
}

/** 16 hexadecimal digits for the span of a call. */
export function newSpanId(): string {
  return randomHex(SPAN_BYTES);
}
