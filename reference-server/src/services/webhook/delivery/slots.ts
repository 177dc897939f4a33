import type { Standing } from '../../../domain/webhook/index.ts';

/** How many deliveries run at once. */
export interface SlotLimits {
  /** In all. What the two below do not take is always left to receivers that answer. */
  readonly total: number;
  /** To one receiver that answers; any other gets one. */
  readonly perDestination: number;
  /** To all `doubtful` receivers together. */
  readonly doubtful: number;
  /** To all `unknown` receivers together. */
  readonly unknown: number;
}

/** Counts what runs, so that receivers that are slow, dead or new leave room for the others. */
export interface Slots {
  /** How many more may begin for one receiver. */
  free(destination: string, standing: Standing): number;
  /** How many more may begin for all receivers of a standing. */
  left(standing: Standing): number;
  take(destination: string, standing: Standing): void;
  /** Ends one. @param standing - with which it was taken */
  give(destination: string, standing: Standing): void;
  /** How many run for a receiver. */
  of(destination: string): number;
  /** How many run in all. */
  readonly running: number;
}

/** Slots that are all free. */
export function slots({ total, perDestination, doubtful, unknown }: SlotLimits): Slots {
  const pools: Readonly<Record<Standing, number>> = { proven: total, doubtful, unknown };
  const taken: Record<Standing, number> = { proven: 0, doubtful: 0, unknown: 0 };
  const running = new Map<string, number>();
  let all = 0;
  const of = (destination: string): number => running.get(destination) ?? 0;
  const left = (standing: Standing): number =>
    Math.max(0, Math.min(total - all, pools[standing] - taken[standing]));
  return {
    free(destination, standing) {
      const own = standing === 'proven' ? perDestination : 1;
      return Math.max(0, Math.min(own - of(destination), left(standing)));
    },
    left,
    take(destination, standing) {
      running.set(destination, of(destination) + 1);
      taken[standing]++;
      all++;
    },
    give(destination, standing) {
      const own = of(destination) - 1;
      if (own > 0) {
        running.set(destination, own);
      } else {
        running.delete(destination);
      }
      taken[standing]--;
      all--;
    },
    of,
    get running() {
      return all;
    },
  };
}
