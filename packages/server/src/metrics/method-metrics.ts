import { statusName } from '../errors/status.ts';
import type { CellsSample, Labels, Sample } from './exposition.ts';
import { type Bounds, type Cells, emptyCells, observe } from './histogram.ts';

/** Numbers of google.rpc.Code, OK included. */
const CODES = 17;
const UNKNOWN = 2;

/** Label values of the codes, by number. */
const codeNames: readonly string[] = Array.from({ length: CODES }, (_, code) =>
  code === 0 ? 'OK' : statusName(code),
);

/** Why a call was refused before its handler was reached. */
export type Refusal = 'rate_limited' | 'shed' | 'breaker_open' | 'maintenance';

const refusals: readonly Refusal[] = ['rate_limited', 'shed', 'breaker_open', 'maintenance'];

/**
 * The figures of one method. A class, because recording is on the path of every call: plain numbers in its fields
 * and in flat arrays, nothing is looked up and nothing is made.
 */
export class MethodMetrics {
  /** Calls under way. */
  inFlight = 0;
  readonly #bounds: Bounds;
  readonly #labels: Labels;
  readonly #cells: Cells;
  readonly #codes = new Float64Array(CODES);
  readonly #codeLabels: readonly Labels[];
  readonly #refused = new Float64Array(refusals.length);
  #touched = false;

  constructor(labels: Labels, bounds: Bounds) {
    this.#labels = labels;
    this.#bounds = bounds;
    this.#cells = emptyCells(bounds);
    this.#codeLabels = codeNames.map((code) => ({ ...labels, code }));
  }

  /** A call has begun. Each is followed by one `ended`. */
  started(): void {
    this.inFlight++;
    this.#touched = true;
  }

  /**
   * A call that had begun has ended.
   *
   * @param code - number of its canonical status, 0 for OK
   */
  ended(code: number, seconds: number): void {
    this.inFlight--;
    this.record(code, seconds);
  }

  /** A call that was not announced, e.g. one made to another service. */
  record(code: number, seconds: number): void {
    this.#touched = true;
    const known = code >= 0 && code < CODES ? code : UNKNOWN;
    this.#codes[known] = (this.#codes[known] as number) + 1;
    observe(this.#cells, this.#bounds, seconds);
  }

  /** A call is refused. It may have begun or not; it is counted beside the others. */
  refused(why: Refusal): void {
    const index = refusals.indexOf(why);
    this.#refused[index] = (this.#refused[index] as number) + 1;
  }

  /** Durations, if there was a call at all. */
  *durations(): Generator<CellsSample> {
    if (this.#touched) {
      yield { labels: this.#labels, cells: this.#cells };
    }
  }

  /** Calls by code. */
  *calls(): Generator<Sample> {
    for (const [code, labels] of this.#codeLabels.entries()) {
      const value = this.#codes[code] as number;
      if (value > 0) {
        yield { labels, value };
      }
    }
  }

  /** Calls under way, if there was a call at all. */
  *running(): Generator<Sample> {
    if (this.#touched) {
      yield { labels: this.#labels, value: this.inFlight };
    }
  }

  /** Refusals by reason. */
  *refusals(): Generator<Sample> {
    for (const [index, reason] of refusals.entries()) {
      const value = this.#refused[index] as number;
      if (value > 0) {
        yield { labels: { ...this.#labels, reason }, value };
      }
    }
  }
}
