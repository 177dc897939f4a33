import { InvalidCursor } from '../invalid-cursor.ts';
import type { Position } from './messages.ts';

/** A position in an index, for callers to hand back. */
export function encodeCursor([sort, key]: Position): string {
  return Buffer.from(JSON.stringify([sort, key])).toString('base64url');
}

/** @throws {@link InvalidCursor} when the text is not one of {@link encodeCursor}. */
export function decodeCursor(cursor: string): Position {
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(position) && position.length === 2) {
      const [sort, key]: unknown[] = position;
      if ((typeof sort === 'number' || typeof sort === 'string') && typeof key === 'string') {
        return [sort, key];
      }
    }
  } catch {
    // Not JSON: refused as everything else that is no cursor.
  }
  throw new InvalidCursor(cursor);
}
