/**
 * The load, a process of its own: fills the line, then puts the mix on the server, round by round, as it is told
 * by its parent. Ends when a single call goes wrong.
 */
import { type Mix, mixOf, type Request } from './calls.ts';
import { connectConnection } from './connect-connection.ts';
import { grpcConnection } from './grpc-connection.ts';
import { latencies } from './latencies.ts';

/** What connections are told, and tell. */
export interface Load {
  /** What to ask next; `undefined` when it is enough. */
  next(): Request | undefined;
  done(ms: number): void;
  /** @throws Error unless it was told to stop */
  closed(): void;
  onStop(stop: () => void): void;
}

/** What is to be done. */
export interface Order {
  readonly port: number;
  readonly protocol: 'grpc' | 'connect';
  readonly bare: boolean;
  readonly connections: number;
  readonly streams: number;
  /** Only joins, as many; without, the mix for `seconds`. */
  readonly joins?: number;
  readonly seconds?: number;
}

/** What one order came to. */
export interface Outcome {
  readonly calls: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU that the load itself took. */
  readonly cpuMicros: number;
}

const mixes = new Map<boolean, Mix>();

async function put({
  port,
  protocol,
  bare,
  connections,
  streams,
  joins,
  seconds = 0,
}: Order): Promise<Outcome> {
  const mix = mixes.get(bare) ?? mixOf({ bare });
  mixes.set(bare, mix);
  const times = latencies();
  const stops: (() => void)[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = joins ?? Number.POSITIVE_INFINITY;
  let underWay = 0;
  let stopped = false;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const until = joins === undefined ? startedAt + seconds * 1000 : Number.POSITIVE_INFINITY;
  const load: Load = {
    next() {
      if (left <= 0 || performance.now() >= until) {
        return undefined;
      }
      left--;
      underWay++;
      return joins === undefined ? mix.next() : mix.join();
    },
    done(ms) {
      times.add(ms);
      underWay--;
      if (underWay === 0 && (left <= 0 || performance.now() >= until)) {
        resolve();
      }
    },
    closed() {
      if (!stopped) {
        throw new Error('the server closed a connection');
      }
    },
    onStop: (stop) => void stops.push(stop),
  };
  for (let each = 0; each < connections; each++) {
    if (protocol === 'grpc') {
      grpcConnection(port, mix, load, streams);
    } else {
      connectConnection(port, mix, load);
    }
  }
  await promise;
  const elapsed = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  stopped = true;
  for (const stop of stops) {
    stop();
  }
  return {
    calls: times.count,
    seconds: elapsed,
    p50Ms: times.percentile(0.5),
    p95Ms: times.percentile(0.95),
    p99Ms: times.percentile(0.99),
    cpuMicros: user + system,
  };
}

process.on('message', (order: Order) => {
  put(order).then((outcome) => process.send?.(outcome));
});
