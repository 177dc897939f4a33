import type { Logger } from 'pino';
import { loadDescriptors } from './descriptors.ts';
import { statusModel } from './errors/status-model.ts';
import { createMemoryIdempotencyStore } from './idempotency/memory-store.ts';
import { createOnce } from './idempotency/once.ts';
import { completeLimits, type Limits } from './limits.ts';
import { createConnectEngine } from './listener/connect-engine.ts';
import { pathOf } from './listener/http-types.ts';
import { createListener, type Listener } from './listener/listener.ts';
import { createRequestHandler } from './listener/request-handler.ts';
import { bind, unbind } from './local/binding.ts';
import { createLocalTransport } from './local/create-local-transport.ts';
import { createDefaultLogger } from './log/default-logger.ts';
import type { ServerOptions } from './options.ts';
import { planMethods } from './pipeline/method-plan.ts';
import { createPipeline, type Pipeline } from './pipeline/pipeline.ts';
import { createRunningCalls } from './pipeline/running-calls.ts';
import { validationCompiler } from './pipeline/validation.ts';
import type { Server } from './server.ts';
import { shutDown } from './shut-down.ts';

const DEFAULT_GRACE_MS = 10_000;

/**
 * A server for any contract. What the contract's options say is worked out here, once; a contract that
 * contradicts itself is refused with everything that is wrong with it.
 *
 * @throws Error that names each method without an auth policy, with misplaced marks or with broken rules, and
 * services that the descriptor set lacks
 */
export function createServer(options: ServerOptions): Server {
  const limits = completeLimits(options.limits);
  const logger = options.logger ?? createDefaultLogger(options.name);
  const local = options.local ?? createLocalTransport();
  const pipeline = assemble(options, limits, logger);
  bind(local, pipeline);

  let closed: Promise<void> | undefined;
  let listening = false;
  const ready = async (): Promise<boolean> => closed === undefined && (await options.ready?.()) !== false;
  const listener = assembleListener(options, limits, logger, pipeline, ready);

  return {
    listen: async ({ port, host = '127.0.0.1' }) => {
      if (listening || closed !== undefined) {
        throw new Error(closed === undefined ? 'The server listens already' : 'The server is closed');
      }
      listening = true;
      const address = await listener.listen(port, host).catch((reason: unknown) => {
        listening = false;
        throw reason;
      });
      const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return { port: address.port, host: address.address, url: `http://${shown}:${address.port}` };
    },
    close: ({ graceMs = DEFAULT_GRACE_MS } = {}) => {
      closed ??= shutDown({ listener, pipeline, graceMs, logger }).then(async () => {
        unbind(local);
        await options.onClose?.();
      });
      return closed;
    },
    client: (service, clientOptions) => local.client(service, clientOptions),
  };
}

function assemble(options: ServerOptions, limits: Limits, logger: Logger): Pipeline {
  const errors = options.errors ?? statusModel;
  const clock = options.clock ?? Date.now;
  const { registry, describe } = loadDescriptors(options.descriptors, options.services);
  const plans = planMethods(options.services, {
    errors,
    limits,
    policies: options.policies,
    fingerprintSecret: options.fingerprintSecret,
    describe,
    validation: validationCompiler(registry),
  });
  const store = options.idempotency ?? createMemoryIdempotencyStore({ clock });
  return createPipeline(plans, {
    errors,
    logger,
    clock,
    maxDeadlineMs: limits.maxDeadlineMs,
    profile: options.profile ?? { requireCredentials: true, requireIdempotencyKey: true },
    authenticate: options.authenticate,
    once: createOnce({ store, errors, clock, logger }),
    running: createRunningCalls(),
    stallMs: limits.idleTimeoutMs,
  });
}

function assembleListener(
  options: ServerOptions,
  limits: Limits,
  logger: Logger,
  pipeline: Pipeline,
  ready: () => Promise<boolean>,
): Listener {
  const engine = createConnectEngine(pipeline, limits, options.refuseUnknownJson === true);
  const clock = options.clock ?? Date.now;
  return createListener({
    limits,
    logger,
    handler: createRequestHandler({ engine, logger, cors: options.cors, ready, clock }),
    isStream: (request) => {
      const kind = engine.find(pathOf(request))?.method.methodKind;
      return kind === 'client_streaming' || kind === 'bidi_streaming';
    },
  });
}
