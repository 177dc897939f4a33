import { Gauge, Registry } from 'prom-client';
import { CellsView, CountsView, type Sample } from './exposition.ts';
import { boundsOf, DEFAULT_BUCKETS, STREAM_BUCKETS } from './histogram.ts';
import { MethodMetrics, type MethodType } from './method-metrics.ts';
import { processMetrics } from './process-metrics.ts';
import { type MetricFamily, readMetrics } from './read.ts';
import { type Exposition, renderText } from './render.ts';
import { methodLabel, RouteMetrics } from './route-metrics.ts';

/** What metrics are made from. */
export interface MetricsOptions {
  /** The application's own registry, shown together with the server's. Default: a new one. */
  readonly registry?: Registry | undefined;
  /** Upper bounds of latency buckets in seconds, ascending. Default {@link DEFAULT_BUCKETS}. */
  readonly buckets?: readonly number[] | undefined;
  /** Whether the figures of the process are shown. Default: `true`. */
  readonly process?: boolean | undefined;
}

/** The figures of a server. */
export interface Metrics {
  /** Where an application registers its own: `new Counter({ name, help, registers: [metrics.registry] })`. */
  readonly registry: Registry;
  /**
   * The figures of a served method: `grpc_calls_total`, `grpc_call_duration_seconds`, … Looked up at start. How long
   * streams are open says nothing about how fast a server answers: that is `grpc_stream_duration_seconds`.
   *
   * @param type - default: `unary`
   */
  method(service: string, method: string, type?: MethodType): MethodMetrics;
  /**
   * The figures of a method that handlers call: `backend_calls_total`, `backend_call_duration_seconds` or, of streams,
   * `backend_stream_duration_seconds`.
   */
  backend(service: string, method: string, type?: MethodType): MethodMetrics;
  /**
   * The figures of an HTTP method on a route: `http_server_requests_total`,
   * `http_server_requests_duration_seconds`.
   *
   * @param method - as the client sent it; made-up ones share a label
   * @param route - a route of the contract, the path of a known method, or `UNMATCHED`; never what a client sent
   */
  route(method: string, route: string): RouteMetrics;
  /** A figure that is read when it is shown, such as the number of open connections. */
  gauge(name: string, help: string, read: () => number): void;
  /** Everything as numbers. */
  read(): Promise<readonly MetricFamily[]>;
  /** Everything as text. Several who ask at the same time get one answer. */
  render(): Promise<Exposition>;
}

/**
 * Collects the figures of a server. Recording is a few additions; labels and text are worked out when somebody asks.
 *
 * @throws RangeError for buckets that are not ascending numbers above 0
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { registry = new Registry() } = options;
  const bounds = boundsOf(options.buckets ?? DEFAULT_BUCKETS);
  const boundsByType = { unary: bounds, stream: boundsOf(STREAM_BUCKETS) };
  const own = new Registry();
  const methods = new Map<string, MethodMetrics>();
  const backends = new Map<string, MethodMetrics>();
  const routes = new Map<string, Map<string, RouteMetrics>>();
  showMethods(own, boundsByType, methods, backends);
  showRoutes(own, bounds, routes);
  let rendering: Promise<Exposition> | undefined;
  const all = () => (options.process === false ? [own, registry] : [own, registry, processMetrics()]);

  const metricsOf = (
    table: Map<string, MethodMetrics>,
    labels: { readonly service: string; readonly method: string },
    type: MethodType,
    tellsOrigin: boolean,
  ): MethodMetrics => {
    const name = `${labels.service}/${labels.method}`;
    let metrics = table.get(name);
    if (metrics === undefined) {
      metrics = new MethodMetrics({ labels, type, bounds: boundsByType[type], tellsOrigin });
      table.set(name, metrics);
    }
    return metrics;
  };

  return {
    registry,
    method: (service, method, type = 'unary') => metricsOf(methods, { service, method }, type, true),
    backend: (service, method, type = 'unary') => metricsOf(backends, { service, method }, type, false),
    route: (method, route) => {
      let byMethod = routes.get(route);
      if (byMethod === undefined) {
        byMethod = new Map();
        routes.set(route, byMethod);
      }
      const label = methodLabel(method);
      let metrics = byMethod.get(label);
      if (metrics === undefined) {
        metrics = new RouteMetrics(label, route, bounds);
        byMethod.set(label, metrics);
      }
      return metrics;
    },
    gauge: (name, help, read) => {
      new Gauge({
        name,
        help,
        registers: [own],
        collect() {
          this.set(read());
        },
      });
    },
    read: () => readMetrics(all()),
    render: () => {
      rendering ??= renderText(all()).finally(() => {
        rendering = undefined;
      });
      return rendering;
    },
  };
}

type Methods = ReadonlyMap<string, MethodMetrics>;

function showMethods(
  own: Registry,
  bounds: Readonly<Record<MethodType, Float64Array>>,
  methods: Methods,
  backends: Methods,
): void {
  const registers = [own];
  const perMethod = ['service', 'method'];
  const histogram = (name: string, help: string, table: Methods, type: MethodType): void => {
    new CellsView({ name, help, registers, labelNames: perMethod }, bounds[type], () =>
      each(table, (metrics) => metrics.durations(type)),
    );
  };
  const counter = (name: string, help: string, labels: string[], read: () => Iterable<Sample>): void => {
    new CountsView({ name, help, registers, labelNames: [...perMethod, ...labels] }, read);
  };
  histogram('grpc_call_duration_seconds', 'Duration of served calls, of every protocol', methods, 'unary');
  histogram('grpc_stream_duration_seconds', 'How long served streams were open', methods, 'stream');
  counter(
    'grpc_calls_total',
    'Served calls of every protocol by canonical status, and by origin: client, or process for those within it',
    ['type', 'origin', 'code'],
    () => each(methods, (metrics) => metrics.calls()),
  );
  counter(
    'grpc_calls_refused_total',
    'Calls refused before their handler: rate_limited, shed, breaker_open or maintenance',
    ['reason'],
    () => each(methods, (metrics) => metrics.refusals()),
  );
  histogram('backend_call_duration_seconds', 'Duration of calls that handlers made', backends, 'unary');
  histogram('backend_stream_duration_seconds', 'How long streams of handlers were open', backends, 'stream');
  counter('backend_calls_total', 'Calls that handlers made by canonical status', ['code'], () =>
    each(backends, (metrics) => metrics.calls()),
  );
  new Gauge({
    name: 'grpc_calls_in_flight',
    help: 'Calls that are being served',
    labelNames: perMethod,
    registers,
    collect() {
      for (const { labels, value } of each(methods, (metrics) => metrics.running())) {
        this.set(labels, value);
      }
    },
  });
}

function showRoutes(
  own: Registry,
  bounds: Float64Array,
  routes: ReadonlyMap<string, ReadonlyMap<string, RouteMetrics>>,
): void {
  const labelNames = ['method', 'route', 'status_code'];
  const registers = [own];
  new CountsView(
    { name: 'http_server_requests_total', help: 'Answered HTTP requests', labelNames, registers },
    () => each(routes, (byMethod) => each(byMethod, (metrics) => metrics.requests())),
  );
  new CellsView(
    {
      name: 'http_server_requests_duration_seconds',
      help: 'Duration of HTTP requests until their answer has left',
      labelNames,
      registers,
    },
    bounds,
    () => each(routes, (byMethod) => each(byMethod, (metrics) => metrics.durations())),
  );
}

function* each<T, S>(table: ReadonlyMap<string, T>, read: (entry: T) => Iterable<S>): Generator<S> {
  for (const entry of table.values()) {
    yield* read(entry);
  }
}
