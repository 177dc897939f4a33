/** The places of guests who wait for a draw, by where they came from. A guest is one whose place is nobody's. */
export interface EarlyGuests {
  /** How many places somebody from there has in the draw. */
  count(origin: string): number;
  add(origin: string, sequence: number): void;
  /** Forgets all of them: nobody waits for the draw any more. */
  clear(): void;
  /** Origins that are remembered. */
  size(): number;
}

/** Origins below which nobody looks for those that have no place any more. */
const FEW = 1024;

/**
 * Nobody. Places end in many ways: who has left or lapsed is found out when somebody else comes from there, and for
 * all origins together each time that their number has doubled.
 *
 * @param isEarly Whether a place waits for the draw.
 */
export function earlyGuests(isEarly: (sequence: number) => boolean): EarlyGuests {
  const places = new Map<string, readonly number[]>();
  let sweepAt = FEW;

  const living = (origin: string): readonly number[] => {
    const known = places.get(origin) ?? [];
    const left = known.filter(isEarly);
    if (left.length === 0) {
      places.delete(origin);
    } else if (left.length < known.length) {
      places.set(origin, left);
    }
    return left;
  };

  return {
    size() {
      return places.size;
    },
    count: (origin) => living(origin).length,
    clear: () => places.clear(),
    add(origin, sequence) {
      places.set(origin, [...living(origin), sequence]);
      if (places.size >= sweepAt) {
        for (const each of [...places.keys()]) {
          living(each);
        }
        sweepAt = Math.max(FEW, places.size * 2);
      }
    },
  };
}
