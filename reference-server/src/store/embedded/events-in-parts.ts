import type { DatabaseSync } from 'node:sqlite';

/** What these records are to the step that leads to format 3. It must not follow what later versions make of them. */
interface Record2 {
  readonly event: { readonly sections?: readonly Section[]; readonly blockedSeatIds?: readonly string[] };
  readonly startsAt: number;
  readonly seed?: string;
}

interface Section {
  readonly seated?: { readonly rows?: readonly unknown[] };
}

/** Bytes of JSON of one part, but for a single row that is larger. */
const PART_BYTES = 64 * 1024;

/**
 * Brings events from format 2, in which each is one item, to format 3: their sections and blocked seats become items of
 * their own, each well below what an item may take.
 */
export function eventsInParts(db: DatabaseSync): void {
  if (db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 't_event'`).get() === undefined) {
    return;
  }
  db.exec(`
    CREATE TABLE "t_event_part" (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL,
      expires_at INTEGER,
      "by_event.partition",
      "by_event.sort",
      value TEXT NOT NULL
    );
  `);
  const update = db.prepare('UPDATE "t_event" SET value = ? WHERE id = ?');
  const insert = db.prepare('INSERT INTO "t_event_part" (key, version, value) VALUES (?, ?, ?)');
  const read = db.prepare('SELECT key, version, value FROM "t_event" WHERE id = ?');
  // One at a time: each may be large.
  for (const { id } of db.prepare('SELECT id FROM "t_event"').all() as { id: number }[]) {
    const { key, version, value } = read.get(id) as { key: string; version: number; value: string };
    const record = JSON.parse(value) as Record2;
    const { sections = [], blockedSeatIds = [], ...event } = record.event;

    const addSet = (set: string, parts: readonly (readonly unknown[])[]): object => {
      for (const [at, content] of parts.entries()) {
        const part = { eventId: key, set, at, writtenAt: 0, content };
        insert.run(`${key}/${set}/${at}`, version, JSON.stringify(part));
      }
      return { id: set, parts: parts.length };
    };

    const next = {
      ...record,
      event,
      sections: addSet('set_sections', partsOf(sections.flatMap(slices))),
      ...(blockedSeatIds.length > 0 && { blocked: addSet('set_blocked', partsOf(blockedSeatIds)) }),
    };
    update.run(JSON.stringify(next), id);
  }
}

/** A section as several of the same id, none of them larger than a part: those that follow continue the first. */
function slices(section: Section): Section[] {
  const rows = section.seated?.rows ?? [];
  if (rows.length === 0) {
    return [section];
  }
  return partsOf(rows, bytesOf({ ...section, seated: {} })).map((some) => ({
    ...section,
    seated: { ...section.seated, rows: some },
  }));
}

/** Values in groups of at most {@link PART_BYTES}. @param own - bytes that each group takes besides. */
function partsOf<T>(values: readonly T[], own = 0): T[][] {
  const parts: T[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const value of values) {
    const size = bytesOf(value) + 1;
    if (bytes + size > PART_BYTES) {
      parts.push([]);
      bytes = own;
    }
    parts.at(-1)?.push(value);
    bytes += size;
  }
  return parts;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
