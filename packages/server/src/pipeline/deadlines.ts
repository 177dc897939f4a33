import { performance } from 'node:perf_hooks';
/** Something that ends at a certain time unless it has ended before. The links belong to {@link Deadlines}. */
export interface Expiring {
  /** Told once that its time is up. */
  expire(): void;
  nextExpiring: Expiring | undefined;
  previousExpiring: Expiring | undefined;
  expiresAt: number;
  slot: number;
}

/** Milliseconds by which a deadline may be noticed late. */
export const TICK_MS = 5;
const SLOTS = 1024;

/**
 * The deadlines of all running calls: a wheel of slots that one timer turns, because a timer of Node for each call
 * costs more than many calls do. What lies further ahead than one turn of the wheel stays for another one.
 */
export class Deadlines {
  readonly #slots: (Expiring | undefined)[] = new Array<Expiring | undefined>(SLOTS).fill(undefined);
  #count = 0;
  /** Ticks up to this one have been looked at. */
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #now: () => number;

  /** @param now - milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * @param limitMs - milliseconds from now
   * @param now - what the clock says, for whoever has just asked it
   */
  add(entry: Expiring, limitMs: number, now = this.#now()): void {
    if (this.#timer === undefined) {
      this.#tick = Math.floor(now / TICK_MS);
      this.#timer = setTimeout(turn, TICK_MS, this);
    }
    entry.expiresAt = now + limitMs;
    // The slot that is being looked at now would be passed over.
    const tick = Math.max(Math.ceil(entry.expiresAt / TICK_MS), this.#tick + 1);
    const slot = tick % SLOTS;
    const head = this.#slots[slot];
    entry.slot = slot;
    entry.nextExpiring = head;
    if (head !== undefined) {
      head.previousExpiring = entry;
    }
    this.#slots[slot] = entry;
    this.#count += 1;
  }

  /** Takes an entry out; one that is not in is left as it is. */
  remove(entry: Expiring): void {
    if (entry.slot < 0) {
      return;
    }
    const { nextExpiring: next, previousExpiring: previous } = entry;
    if (previous === undefined) {
      this.#slots[entry.slot] = next;
    } else {
      previous.nextExpiring = next;
    }
    if (next !== undefined) {
      next.previousExpiring = previous;
    }
    entry.nextExpiring = undefined;
    entry.previousExpiring = undefined;
    entry.slot = -1;
    this.#count -= 1;
  }

  /** Looks at the slots whose time has come. */
  turn(): void {
    const now = this.#now();
    const last = Math.floor(now / TICK_MS);
    const first = Math.max(this.#tick + 1, last - SLOTS + 1);
    this.#tick = last;
    for (let tick = first; tick <= last; tick++) {
      let entry = this.#slots[tick % SLOTS];
      while (entry !== undefined) {
        const next: Expiring | undefined = entry.nextExpiring;
        if (entry.expiresAt <= now) {
          this.remove(entry);
          entry.expire();
        }
        // What just expired may have ended others.
        entry = next !== undefined && next.slot < 0 ? this.#slots[tick % SLOTS] : next;
      }
    }
    this.#timer = this.#count === 0 ? undefined : setTimeout(turn, TICK_MS, this);
  }
}

function turn(deadlines: Deadlines): void {
  deadlines.turn();
}
