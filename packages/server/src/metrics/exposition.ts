import {
  Counter,
  type CounterConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';
import type { Bounds, Cells } from './histogram.ts';

/** Labels of a series. One object for the life of the series: the exposition is remembered by it. */
export type Labels = Readonly<Record<string, string>>;

/** A number and its labels. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** A histogram's cells and their labels. */
export interface CellsSample {
  readonly labels: Labels;
  readonly cells: Cells;
}

type Read<S> = () => Iterable<S>;
type Name = Pick<CounterConfiguration<string>, 'name' | 'help' | 'labelNames' | 'registers'>;

/** Shows counts that are kept elsewhere as a counter of prom-client. Subclasses are how that library is extended. */
export class CountsView extends Counter {
  readonly #read: Read<Sample>;

  constructor(config: Name, read: Read<Sample>) {
    super(config);
    this.#read = read;
  }

  override async get(): ReturnType<Counter['get']> {
    const metric = await super.get();
    metric.values = Array.from(this.#read(), ({ labels, value }) => ({ labels, value }));
    return metric;
  }
}

/** Shows cells that are kept elsewhere as a histogram of prom-client. */
export class CellsView extends Histogram {
  readonly #config: HistogramConfiguration<string>;
  readonly #bounds: Bounds;
  readonly #read: Read<CellsSample>;

  constructor(config: Name, bounds: Bounds, read: Read<CellsSample>) {
    super({ ...config, buckets: [...bounds] });
    this.#config = config;
    this.#bounds = bounds;
    this.#read = read;
  }

  /** The same histogram in parts of few series each, at least one: text for all at once takes too long. */
  *parts(size: number): Generator<Registry> {
    const samples = [...this.#read()];
    for (let from = 0; from === 0 || from < samples.length; from += size) {
      const registry = new Registry();
      const part = samples.slice(from, from + size);
      new CellsView({ ...this.#config, registers: [registry] }, this.#bounds, () => part);
      yield registry;
    }
  }

  /** The cells as numbers. */
  *distributions(): Generator<{
    labels: Labels;
    value: { bounds: number[]; counts: number[]; sum: number };
  }> {
    const bounds = [...this.#bounds];
    for (const { labels, cells } of this.#read()) {
      const counts = [...cells];
      const sum = counts.pop() as number;
      yield { labels, value: { bounds, counts, sum } };
    }
  }

  /** What prom-client asks a histogram for, and makes its `get` from. */
  async getForPromString() {
    const { name, help } = this.#config;
    const values: BucketValue[] = [];
    for (const sample of this.#read()) {
      pushValues(values, name, sample, this.#bounds);
    }
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

/** A line of the exposition, as prom-client wants it. */
interface BucketValue {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly sharedLabels: Labels;
  readonly value: number;
}

function pushValues(
  values: BucketValue[],
  name: string,
  { labels: sharedLabels, cells }: CellsSample,
  bounds: Bounds,
): void {
  const metricName = `${name}_bucket`;
  let count = 0;
  for (let bucket = 0; bucket < bounds.length; bucket++) {
    count += cells[bucket] as number;
    values.push({ metricName, labels: { le: bounds[bucket] as number }, sharedLabels, value: count });
  }
  count += cells[bounds.length] as number;
  values.push(
    { metricName, labels: { le: '+Inf' }, sharedLabels, value: count },
    { metricName: `${name}_sum`, labels: {}, sharedLabels, value: cells[bounds.length + 1] as number },
    { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
  );
}
