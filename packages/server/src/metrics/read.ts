import type { Registry } from 'prom-client';
import { CellsView } from './exposition.ts';
import { distinct } from './render.ts';

type Labels = Readonly<Record<string, string>>;

/** A histogram as it stands: `counts[i]` measurements up to `bounds[i]` and above the bound before, the last ones above all. */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** One metric with all its series, as `/metrics` shows them. */
export type MetricFamily =
  | {
      readonly name: string;
      readonly type: 'counter' | 'gauge';
      readonly series: readonly { readonly labels: Labels; readonly value: number }[];
    }
  | {
      readonly name: string;
      readonly type: 'histogram';
      readonly series: readonly { readonly labels: Labels; readonly value: Distribution }[];
    };

/**
 * The metrics of several registries as numbers. Where two have the same name, the first one is read. Summaries of
 * prom-client are told as gauges, one for each of their lines.
 */
export async function readMetrics(registries: readonly Registry[]): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  for (const { metric, registry, name } of distinct(registries)) {
    if (metric instanceof CellsView) {
      families.push({ name, type: 'histogram', series: [...metric.distributions()] });
      continue;
    }
    const found = await registry.getSingleMetric(name)?.get();
    if (found !== undefined) {
      families.push(familyOf(found as unknown as Shown));
    }
  }
  return families;
}

/** A line as prom-client tells it. */
interface Line {
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
  readonly metricName?: string;
}

/** A metric as prom-client tells it, whose typings have numbers for the types. */
interface Shown {
  readonly name: string;
  readonly type: string;
  readonly values: readonly Line[];
}

function familyOf({ name, type, values }: Shown): MetricFamily {
  if (type === 'histogram') {
    return { name, type, series: histograms(name, values) };
  }
  return {
    name,
    type: type === 'counter' ? 'counter' : 'gauge',
    series: values.map(({ labels, value }) => ({ labels: textsOf(labels), value })),
  };
}

/** Puts together what prom-client tells line by line, cumulated. */
function histograms(name: string, lines: readonly Line[]) {
  const found = new Map<string, { labels: Labels; bounds: number[]; totals: number[]; sum: number }>();
  for (const { labels, metricName, value } of lines) {
    const { le, ...others } = labels;
    const texts = textsOf(others);
    const key = JSON.stringify(texts);
    const entry = found.get(key) ?? { labels: texts, bounds: [], totals: [], sum: 0 };
    found.set(key, entry);
    if (metricName === `${name}_bucket`) {
      entry.totals.push(value);
      if (String(le) !== '+Inf') {
        entry.bounds.push(Number(le));
      }
    } else if (metricName === `${name}_sum`) {
      entry.sum = value;
    }
  }
  return [...found.values()].map(({ labels, bounds, totals, sum }) => ({
    labels,
    value: { bounds, counts: totals.map((total, at) => total - (totals[at - 1] ?? 0)), sum },
  }));
}

function textsOf(labels: Readonly<Record<string, string | number | undefined>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
