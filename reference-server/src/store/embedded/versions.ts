import type { DatabaseSync } from 'node:sqlite';

/** Versions set aside at once. What is left of them when the process ends is skipped. */
const BLOCK = 1_000_000;

/** Hands out versions: ever higher, none ever twice. */
export interface Versions {
  next(): number;
  /** Makes sure, within the commit that is being formed, that no version given so far is given after a restart. */
  save(): void;
}

/** Creates {@link Versions} that continue after all that were ever given. */
export function createVersions(db: DatabaseSync): Versions {
  const stored = db.prepare(`SELECT value FROM store_state WHERE name = 'versions'`).get();
  const write = db.prepare(`INSERT OR REPLACE INTO store_state VALUES ('versions', ?)`);
  let last = Number(stored?.value ?? 0);
  let limit = last;
  return {
    next: () => ++last,
    save() {
      if (last > limit) {
        limit = last + BLOCK;
        write.run(limit);
      }
    },
  };
}
