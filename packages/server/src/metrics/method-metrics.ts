import type { DescMethod } from '@bufbuild/protobuf';
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

/** Whether a method has one request and one answer, or stays open for more. */
export type MethodType = 'unary' | 'stream';

/** The type of a method. */
export function methodType({ methodKind }: Pick<DescMethod, 'methodKind'>): MethodType {
  return methodKind === 'unary' ? 'unary' : 'stream';
}

/** Why a call was refused before its handler was reached. */
export type Refusal = 'rate_limited' | 'shed' | 'breaker_open' | 'maintenance';

const refusals: readonly Refusal[] = ['rate_limited', 'shed', 'breaker_open', 'maintenance'];

/** What the figures of a method are made from. */
export interface MethodMetricsInit {
  readonly labels: Labels;
  readonly type: MethodType;
  readonly bounds: Bounds;
  /** Whether calls are told apart by where they came from; only then may one be local. */
  readonly tellsOrigin: boolean;
}

/**
 * The figures of one method. A class, because recording is on the path of every call: plain numbers in its fields
 * and in flat arrays, nothing is looked up and nothing is made.
 */
export class MethodMetrics {
  /** Calls under way. */
  inFlight = 0;
  readonly #bounds: Bounds;
  readonly #labels: Labels;
  readonly #type: MethodType;
  readonly #cells: Cells;
  /** By code: first what came from clients, then what came from within the process. */
  readonly #codes = new Float64Array(2 * CODES);
  readonly #codeLabels: readonly Labels[];
  readonly #refused = new Float64Array(refusals.length);
  #touched = false;

  constructor({ labels, type, bounds, tellsOrigin }: MethodMetricsInit) {
    this.#labels = labels;
    this.#type = type;
    this.#bounds = bounds;
    this.#cells = emptyCells(bounds);
    this.#codeLabels = tellsOrigin
      ? ['client', 'process'].flatMap((origin) =>
          codeNames.map((code) => ({ ...labels, type, origin, code })),
        )
      : codeNames.map((code) => ({ ...labels, code }));
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
   * @param isLocal - whether it came from this process
   */
  ended(code: number, seconds: number, isLocal: boolean): void {
    this.inFlight--;
    this.record(code, seconds, isLocal);
  }

  /** A call that was not announced, e.g. one made to another service. */
  record(code: number, seconds: number, isLocal = false): void {
    this.#touched = true;
    const known = (code >= 0 && code < CODES ? code : UNKNOWN) + (isLocal ? CODES : 0);
    this.#codes[known] = (this.#codes[known] as number) + 1;
    observe(this.#cells, this.#bounds, seconds);
  }

  /** A call is refused. It may have begun or not; it is counted beside the others. */
  refused(why: Refusal): void {
    const index = refusals.indexOf(why);
    this.#refused[index] = (this.#refused[index] as number) + 1;
  }

  /** Durations, if the method is of this type and there was a call at all. */
  *durations(type: MethodType): Generator<CellsSample> {
    if (this.#touched && type === this.#type) {
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
