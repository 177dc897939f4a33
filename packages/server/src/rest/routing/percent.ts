/** The text of one percent-encoded path segment; `undefined` when it is malformed or no UTF-8. */
export function decodeSegment(raw: string): string | undefined {
  if (!raw.includes('%')) {
    return raw;
  }
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

const ENCODED_SLASH = /(%2f)/i;

/**
 * The text of several path segments. An encoded slash stays encoded, as it would be taken for the border of two
 * segments; `undefined` when the text is malformed or no UTF-8.
 */
export function decodeSegments(raw: string): string | undefined {
  if (!raw.includes('%')) {
    return raw;
  }
  try {
    return raw
      .split(ENCODED_SLASH)
      .map((part, index) => (index % 2 === 1 ? part : decodeURIComponent(part)))
      .join('');
  } catch {
    return undefined;
  }
}
