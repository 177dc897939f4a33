import { limits } from './limits.ts';

/** Refuses a key, partition or string sort value that a driver could not store as it is. */
export function checkName(text: string, what: 'key' | 'partition' | 'sort', where: string): void {
  if (text === '' && what === 'key') {
    throw new RangeError(`${where}: ${what} is empty`);
  }
  // One UTF-16 unit is at most three bytes: only long names have to be counted.
  if (text.length * 3 > limits.keyBytes && Buffer.byteLength(text) > limits.keyBytes) {
    const size = Buffer.byteLength(text);
    throw new RangeError(
      `${where}: ${what} of ${size} bytes, at most ${limits.keyBytes} are kept: "${text.slice(0, 40)}…"`,
    );
  }
  if (!text.isWellFormed()) {
    throw new RangeError(
      `${where}: ${what} ${JSON.stringify(text)} holds half a surrogate pair, which UTF-8 cannot`,
    );
  }
}
