/** Frames of one turn, unless they are many. */
const BUFFER_BYTES = 16 * 1024;

/** What is kept for later: 4 MiB for all connections together. */
const MAX_KEPT = 256;

const kept: Buffer[] = [];

/** A buffer whose content means nothing. */
export function takeBuffer(atLeast: number): Buffer {
  return atLeast > BUFFER_BYTES
    ? Buffer.allocUnsafeSlow(atLeast)
    : (kept.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
}

/** Nobody may use the buffer any more. */
export function giveBuffer(buffer: Buffer): void {
  if (kept.length < MAX_KEPT && buffer.length === BUFFER_BYTES) {
    kept.push(buffer);
  }
}
