import type { Logger } from 'pino';
import type { Descriptors } from '../descriptors.ts';
import { statusModel } from '../errors/status-model.ts';
import { createMemoryIdempotencyStore } from '../idempotency/memory-store.ts';
import { createOnce } from '../idempotency/once.ts';
import type { Limits } from '../limits.ts';
import { createCallLog, serverLog } from '../log/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { ServerOptions } from '../options.ts';
import { Deadlines } from '../pipeline/deadlines.ts';
import { composeInterceptors } from '../pipeline/interceptors.ts';
import { planMethods } from '../pipeline/method-plan.ts';
import { createPipeline, type Pipeline } from '../pipeline/pipeline.ts';
import { createRunningCalls } from '../pipeline/running-calls.ts';
import { validationCompiler } from '../pipeline/validation.ts';
import { createRateLimiter, type RateLimiter } from '../rate-limit/index.ts';
import { createLoadShedder, type LoadShedder } from '../shedding/index.ts';
import { systemTime } from '../time/clocks.ts';
import { createTracing, type Tracing } from '../tracing/index.ts';
import type { BuiltIn } from './built-in.ts';
import { warnOfClosedMethods } from './warn-of-closed-methods.ts';

/** What a pipeline is made of. */
export interface PipelineParts {
  readonly options: ServerOptions;
  readonly descriptors: Descriptors;
  readonly builtIn: BuiltIn;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}

/** The policies of all methods, and what has to be stopped with them. */
export interface AssembledPipeline {
  readonly pipeline: Pipeline;
  readonly shedder: LoadShedder | undefined;
  readonly tracing: Tracing;
}

/** Works out every method's policies. @throws Error that names all that contradict themselves */
export function assemblePipeline(parts: PipelineParts): AssembledPipeline {
  const { options, descriptors, builtIn, limits, logger, metrics } = parts;
  const errors = options.errors ?? statusModel;
  const clock = options.clock ?? systemTime;
  const tracing = createTracing(options.tracing);
  const plans = planMethods([...options.services, ...builtIn.services], {
    errors,
    limits,
    policies: (method) => {
      const own = builtIn.policy(method);
      const configured = options.policies?.(method);
      return own === undefined ? configured : { ...own, ...configured };
    },
    fingerprintSecret: options.fingerprintSecret,
    describe: descriptors.describe,
    validation: validationCompiler(descriptors.registry),
    metrics,
    tracing,
  });
  const log = createCallLog({ logger, accessLog: options.accessLog, registry: descriptors.types });
  for (const { method } of plans) {
    log.check(method);
  }
  const entrance = {
    authenticate: options.authenticate,
    profile: options.profile ?? { requireCredentials: true, requireIdempotencyKey: true },
  };
  warnOfClosedMethods(plans, entrance, serverLog(logger, options.name));
  const store = options.idempotency ?? createMemoryIdempotencyStore({ clock });
  const shedder = options.shedding === false ? undefined : createLoadShedder(options.shedding);
  const pipeline = createPipeline(plans, {
    errors,
    logger,
    clock,
    maxDeadlineMs: limits.maxDeadlineMs,
    ...entrance,
    gate: options.gate,
    rateLimiter: rateLimiterOf(options.rateLimits),
    shedder,
    log,
    tracing,
    once: createOnce({ store, errors, clock, logger }),
    running: createRunningCalls(),
    deadlines: new Deadlines(),
    intercept: composeInterceptors(options.interceptors ?? [], errors),
    stallMs: limits.idleTimeoutMs,
  });
  return { pipeline, shedder, tracing };
}

function rateLimiterOf(options: ServerOptions['rateLimits']): RateLimiter | undefined {
  if (options === false) {
    return undefined;
  }
  return options !== undefined && 'admit' in options ? options : createRateLimiter(options);
}
