/** Up to here characters are put together faster than a call out of JavaScript takes; and the string is in one piece. */
const SHORT = 12;

/** The string that has a character for each octet. */
export function octetString(bytes: Buffer, start: number, end: number): string {
  if (end - start > SHORT) {
    return bytes.toString('latin1', start, end);
  }
  let text = '';
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  }
  for (; at < end; at++) {
    text += String.fromCharCode(bytes[at] as number);
  }
  return text;
}
