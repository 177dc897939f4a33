import { create } from '@bufbuild/protobuf';
import {
  type GetMetricsRequest,
  type GetMetricsResponse,
  GetMetricsResponseSchema,
  type MetricData,
  MetricDataSchema,
  MetricType,
} from '@traffic-tacos/contracts/common/v1';
import { type MetricFamily, refuse } from '@traffic-tacos/server';
import { roleOf } from '../../live/index.ts';
import { msOf, timestampOf } from '../shared/time.ts';
import {
  AGGREGATIONS,
  type Aggregation,
  aggregationOf,
  between,
  ofDistribution,
  ofSamples,
} from './aggregate.ts';
import type { AdminDeps } from './deps.ts';
import { knownService } from './known-service.ts';
import { type MetricSample, type MetricValue, seriesKey } from './metric-history.ts';

/** Whose the metrics are that are no service's. */
const PLATFORM = 'platform';

/** A time, in epoch milliseconds; `undefined` means as it is now. */
type Span = { readonly from: number; readonly to: number } | undefined;

/** What was seen of the metrics, oldest first. */
interface Seen {
  readonly samples: readonly MetricSample[];
  /** The oldest of them where there were older ones that were forgotten. */
  readonly oldest: MetricSample | undefined;
}

/** Reads metrics as they are, or aggregated over a time. */
export async function getMetrics(
  { history, services }: Pick<AdminDeps, 'history' | 'services'>,
  request: GetMetricsRequest,
): Promise<GetMetricsResponse> {
  const { service, metricType, startTime, endTime } = request;
  const aggregation = aggregationOf(request.aggregation);
  if (aggregation === undefined) {
    throw refuse('INVALID_ARGUMENT', `aggregation is "${request.aggregation}": expected ${AGGREGATIONS}`, [
      { field: 'aggregation', reason: 'INVALID_VALUE', value: request.aggregation },
    ]);
  }
  if (service !== '') {
    knownService('service', service, [...services, PLATFORM]);
  }
  const newest = await history.look();
  const { families, at } = newest;
  const span: Span =
    startTime === undefined && endTime === undefined
      ? undefined
      : { from: msOf(startTime) ?? Number.NEGATIVE_INFINITY, to: msOf(endTime) ?? at };
  const wanted = families.filter(({ name }) => name.startsWith(metricType));
  if (wanted.length === 0) {
    throw refuse(
      'NOT_FOUND',
      `there is no metric whose name begins with "${metricType}"; /metrics shows all`,
      [{ field: 'metric_type', reason: 'METRIC_NOT_FOUND', value: metricType }],
    );
  }
  const samples = [...history.samples(), newest];
  const seen: Seen = { samples, oldest: history.isWhole ? undefined : samples[0] };
  const metrics = wanted.flatMap((family) =>
    family.series
      .filter(({ labels }) => service === '' || ownerOf(labels) === service)
      .flatMap(({ labels }) => dataOf(family, labels, seen, aggregation, span, at)),
  );
  return create(GetMetricsResponseSchema, { metrics, collectedAt: timestampOf(at) });
}

function dataOf(
  { name, type }: MetricFamily,
  labels: Readonly<Record<string, string>>,
  seen: Seen,
  aggregation: Aggregation,
  span: Span,
  now: number,
): MetricData[] {
  const value = inOneNumber(type, seriesKey(name, labels), seen, aggregation, span);
  return value === undefined
    ? []
    : [
        create(MetricDataSchema, {
          name,
          service: ownerOf(labels),
          type: TYPES[type],
          value,
          unit: unitOf(name),
          labels,
          timestamp: timestampOf(span === undefined ? now : Math.min(span.to, now)),
        }),
      ];
}

/** The value of a series; `undefined` where nothing was measured in that time. */
function inOneNumber(
  type: MetricFamily['type'],
  key: string,
  { samples, oldest }: Seen,
  aggregation: Aggregation,
  span: Span,
): number | undefined {
  const within =
    span === undefined ? samples.slice(-1) : samples.filter(({ at }) => at >= span.from && at <= span.to);
  const values = within.flatMap((sample) => sample.values.get(key) ?? []);
  const last = values.at(-1);
  if (last === undefined) {
    return undefined;
  }
  // What had been counted when the time began.
  const begin = span && (samples.findLast(({ at }) => at < span.from) ?? oldest)?.values.get(key);
  if (!isNumber(last)) {
    return ofDistribution(
      between(begin === undefined || isNumber(begin) ? undefined : begin, last),
      aggregation,
    );
  }
  return type === 'counter' && aggregation.kind === 'sum'
    ? last - (begin !== undefined && isNumber(begin) ? begin : 0)
    : ofSamples(values.filter(isNumber), aggregation);
}

function isNumber(value: MetricValue): value is number {
  return typeof value === 'number';
}

const TYPES: Readonly<Record<MetricFamily['type'], MetricType>> = {
  counter: MetricType.COUNTER,
  gauge: MetricType.GAUGE,
  histogram: MetricType.HISTOGRAM,
};

/** The service that measures a series. */
function ownerOf({ service }: Readonly<Record<string, string>>): string {
  return service === undefined ? PLATFORM : roleOf(service);
}

/** By the names that Prometheus recommends. */
function unitOf(name: string): string {
  const [, unit] = /_(seconds|bytes|ms|percent)(?:_total|_sum)?$/.exec(name) ?? [];
  return unit === 'seconds' ? 's' : (unit ?? '1');
}
