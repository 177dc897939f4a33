/** Stands for bytes that are no text; but a text may hold it. */
const REPLACEMENT = '\ufffd';

/** The text in UTF-8 from `start` to `end`, or undefined where it may be none. */
export function textAt(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  return text.indexOf(REPLACEMENT) < 0 ? text : undefined;
}
