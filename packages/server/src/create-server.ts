import { setTimeout as delay } from 'node:timers/promises';
import { assembleFront } from './assembly/assemble-front.ts';
import { assemblePipeline } from './assembly/assemble-pipeline.ts';
import { assembleWebSockets } from './assembly/assemble-web-sockets.ts';
import { builtInServices } from './assembly/built-in.ts';
import { createConnectEngine } from './connect/engine.ts';
import { loadDescriptors } from './descriptors.ts';
import { createHealthState, createReadiness } from './health/index.ts';
import { completeLimits } from './limits.ts';
import { BodyBudget } from './listener/body-budget.ts';
import { chosenHttp2Engine } from './listener/http2-engine.ts';
import { createListener } from './listener/listener.ts';
import { bind, unbind } from './local/binding.ts';
import { createLocalTransport } from './local/create-local-transport.ts';
import { createDefaultLogger } from './log/default-logger.ts';
import { serverLog } from './log/index.ts';
import { createMetrics } from './metrics/index.ts';
import type { ServerOptions } from './options.ts';
import { securityHeaders } from './security-headers/index.ts';
import type { Server } from './server.ts';
import { shutDown, within } from './shut-down.ts';

const DEFAULT_GRACE_MS = 10_000;
/** Milliseconds that the reader of the log gets to take its last lines. */
const FLUSH_LOG_MS = 1000;

/**
 * A server for any contract. What the contract's options say is worked out here, once; a contract that
 * contradicts itself is refused with everything that is wrong with it.
 *
 * @throws Error that names each method without an auth policy, with misplaced marks or with broken rules, routes that
 * exclude one another, and services that the descriptor set lacks
 */
export function createServer(options: ServerOptions): Server {
  const limits = completeLimits(options.limits);
  const logger = options.logger ?? createDefaultLogger(options.name);
  const own = serverLog(logger, options.name);
  const local = options.local ?? createLocalTransport();
  const descriptors = loadDescriptors(options.descriptors, options.services);
  const metrics = options.metrics === false ? undefined : (options.metrics ?? createMetrics());
  const health = createHealthState(options.services.map(({ service }) => service.typeName));
  const readiness = createReadiness({
    health,
    ready: options.ready,
    onError: (err) => own.warn({ err }, 'the check for readiness failed'),
  });
  const builtIn = builtInServices({
    services: options.services,
    registry: descriptors.registry,
    health,
    readiness,
    reflection: options.reflection !== false,
  });
  const { pipeline, shedder, tracing } = assemblePipeline({
    options,
    descriptors,
    builtIn,
    limits,
    logger,
    metrics,
  });
  const budget = new BodyBudget(limits.maxBufferedBytes);
  const engine = createConnectEngine(pipeline, limits, budget, {
    registry: descriptors.types,
    refuseUnknownJson: options.refuseUnknownJson === true,
    requireConnectVersion: options.requireConnectProtocolHeader === true,
  });
  const securityFields = securityHeaders({ tls: options.tls !== undefined });
  const webSockets =
    options.webSocket === false
      ? undefined
      : assembleWebSockets({
          options,
          descriptors,
          limits,
          budget,
          logger: own,
          metrics,
          pipeline,
          securityFields,
        });
  const door = assembleFront({
    options,
    descriptors,
    limits,
    logger: own,
    callLogger: logger,
    metrics,
    pipeline,
    engine,
    health,
    readiness,
    securityFields,
    webSocketPath: webSockets?.path,
  });
  const listener = createListener({
    limits,
    budget,
    logger: own,
    door,
    tls: options.tls,
    http2Engine: chosenHttp2Engine(options.http2),
    upgrades: webSockets,
    securityFields,
  });
  metrics?.gauge('http_server_connections', 'Open connections.', () => listener.connections);
  metrics?.gauge(
    'http_server_buffered_bytes',
    'Bytes of requests that have not arrived completely.',
    () => budget.used,
  );
  if (webSockets !== undefined) {
    metrics?.gauge('websocket_connections', 'Open WebSocket connections.', () => webSockets.connections);
  }
  bind(local, pipeline);

  let closed: Promise<void> | undefined;
  let listening = false;
  return {
    health,
    metrics,
    listen: async ({ port, host = '127.0.0.1' }) => {
      if (listening || closed !== undefined) {
        throw new Error(closed === undefined ? 'The server listens already' : 'The server is closed');
      }
      listening = true;
      // An SDK may have been registered since.
      tracing.refresh();
      const address = await listener.listen(port, host).catch((reason: unknown) => {
        listening = false;
        throw reason;
      });
      const scheme = options.tls === undefined ? 'http' : 'https';
      const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return { port: address.port, host: address.address, url: `${scheme}://${shown}:${address.port}` };
    },
    close: ({ drainDelayMs = 0, graceMs = DEFAULT_GRACE_MS } = {}) => {
      // Whoever spreads the load looks at this first.
      health.drain();
      closed ??= (async () => {
        if (drainDelayMs > 0) {
          await delay(drainDelayMs);
        }
        try {
          await shutDown({ listener, pipeline, graceMs, onDrain: options.onDrain, logger: own });
        } finally {
          shedder?.stop();
          unbind(local);
          await options.onClose?.();
          // A log that nobody reads must not keep the server from ending.
          await within(FLUSH_LOG_MS, new Promise<void>((flushed) => logger.flush(() => flushed())));
        }
      })();
      return closed;
    },
    client: (service, clientOptions) => local.client(service, clientOptions),
  };
}
