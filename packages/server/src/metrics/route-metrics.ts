import type { CellsSample, Labels, Sample } from './exposition.ts';
import { type Bounds, type Cells, emptyCells, observe } from './histogram.ts';

/** The route of requests that lead nowhere. */
export const UNMATCHED = 'unmatched';

/** Status codes a label can have; others are shown as 0. */
const FIRST_STATUS = 100;
const LAST_STATUS = 599;

const httpMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
]);

/** An HTTP method as a label: what clients make up is one value. */
export function methodLabel(method: string): string {
  return httpMethods.has(method) ? method : 'OTHER';
}

interface Series {
  readonly status: number;
  readonly labels: Labels;
  readonly cells: Cells;
}

/**
 * The figures of one HTTP method on one route. A class for the same reason as those of methods. Most answers of a
 * route have the same status, so the last one is tried first.
 */
export class RouteMetrics {
  readonly #method: string;
  readonly #route: string;
  readonly #bounds: Bounds;
  readonly #series = new Map<number, Series>();
  #last: Series | undefined;

  /** @param method - a {@link methodLabel} */
  constructor(method: string, route: string, bounds: Bounds) {
    this.#method = method;
    this.#route = route;
    this.#bounds = bounds;
  }

  /** A request was answered with a status. */
  record(status: number, seconds: number): void {
    let series = this.#last;
    if (series === undefined || series.status !== status) {
      series = this.#find(status);
      this.#last = series;
    }
    observe(series.cells, this.#bounds, seconds);
  }

  #find(status: number): Series {
    const known = status >= FIRST_STATUS && status <= LAST_STATUS ? Math.trunc(status) : 0;
    let series = this.#series.get(known);
    if (series === undefined) {
      const labels = { method: this.#method, route: this.#route, status_code: String(known) };
      series = { status: known, labels, cells: emptyCells(this.#bounds) };
      this.#series.set(known, series);
    }
    return series;
  }

  durations(): Iterable<CellsSample> {
    return this.#series.values();
  }

  /** Requests by status: what the histogram counts anyway. */
  *requests(): Generator<Sample> {
    for (const { labels, cells } of this.#series.values()) {
      let value = 0;
      for (let bucket = 0; bucket < cells.length - 1; bucket++) {
        value += cells[bucket] as number;
      }
      yield { labels, value };
    }
  }
}
