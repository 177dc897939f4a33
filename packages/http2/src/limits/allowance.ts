/**
 * What a client may do so many times at once, and so many times a second on average. The clock is asked only when
 * nothing is left: what was not used before may come on top of that, once, up to as much again.
 */
export class Allowance {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #left: number;
  #since: number;

  /** @param now - milliseconds on a clock that never goes back */
  constructor(burst: number, perSecond: number, now: () => number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#left = burst;
    this.#since = now();
  }

  /** Takes one. @returns false when there is none */
  take(): boolean {
    if (this.#left < 1) {
      const now = this.#now();
      this.earn(((now - this.#since) / 1000) * this.#perSecond);
      this.#since = now;
      if (this.#left < 1) {
        return false;
      }
    }
    this.#left -= 1;
    return true;
  }

  /** Adds some, up to the burst. */
  earn(count: number): void {
    const left = this.#left + count;
    this.#left = Math.min(left, this.#burst);
  }
}
