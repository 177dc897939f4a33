/** Remembers the last few ids. */
export interface RecentIds {
  add(id: string): void;
  has(id: string): boolean;
}

/** @param capacity Ids that are remembered; the oldest gives way. */
export function recentIds(capacity: number): RecentIds {
  const ids = new Set<string>();
  return {
    add(id) {
      ids.delete(id);
      ids.add(id);
      if (ids.size > capacity) {
        for (const oldest of ids) {
          ids.delete(oldest);
          break;
        }
      }
    },
    has: (id) => ids.has(id),
  };
}
