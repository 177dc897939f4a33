export { backendCalls } from './backend-calls.ts';
export { createMetrics, type Metrics, type MetricsOptions } from './create-metrics.ts';
export { DEFAULT_BUCKETS } from './histogram.ts';
export { type MethodMetrics, type MethodType, methodType, type Refusal } from './method-metrics.ts';
export type { Distribution, MetricFamily } from './read.ts';
export type { Exposition } from './render.ts';
export { type RouteMetrics, UNMATCHED } from './route-metrics.ts';
