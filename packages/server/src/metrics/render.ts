import { setImmediate as turn } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { CellsView } from './exposition.ts';

/** Milliseconds after which writing lets the event loop turn. */
const SLICE_MS = 2;
/** Series of a histogram that are written at once, each of them many lines. */
const SERIES_AT_ONCE = 25;

/** The figures as text. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * All metrics of several registries in the text format of Prometheus. Where two have the same name, the first one
 * is shown. Calls are served between two metrics.
 */
export async function renderText(registries: readonly Registry[]): Promise<Exposition> {
  const texts: string[] = [];
  let sliceEnds = performance.now() + SLICE_MS;
  for (const metric of distinct(registries)) {
    for await (const text of textOf(metric)) {
      texts.push(text);
      if (performance.now() > sliceEnds) {
        await turn();
        sliceEnds = performance.now() + SLICE_MS;
      }
    }
  }
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body: `${texts.join('\n')}\n` };
}

interface NamedMetric {
  readonly registry: Registry;
  readonly metric: unknown;
  readonly name: string;
}

async function* textOf({ registry, metric, name }: NamedMetric): AsyncGenerator<string> {
  if (!(metric instanceof CellsView)) {
    yield await registry.getSingleMetricAsString(name);
    return;
  }
  let first = true;
  for (const part of metric.parts(SERIES_AT_ONCE)) {
    const text = await part.getSingleMetricAsString(name);
    yield first ? text : withoutHeader(text);
    first = false;
  }
}

/** Without the lines for help and type, which stand once before all series. */
function withoutHeader(text: string): string {
  return text.slice(text.indexOf('\n', text.indexOf('\n') + 1) + 1);
}

/** Every metric of several registries; of two with the same name the first one. */
export function* distinct(registries: readonly Registry[]): Generator<NamedMetric> {
  const seen = new Set<string>();
  for (const registry of registries) {
    for (const metric of registry.getMetricsAsArray()) {
      const { name } = metric;
      if (!seen.has(name)) {
        seen.add(name);
        yield { registry, metric, name };
      }
    }
  }
}
