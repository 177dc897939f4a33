import type { DescField, DescMessage, DescMethod, DescService, Message } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  Auth,
  Idempotency,
  type PartialPolicy,
  type Policy,
  policyOf,
  withOverrides,
} from '@traffic-tacos/policy';
import type { ErrorModel } from '../errors/model.ts';
import { type Fingerprint, fingerprintOf } from '../idempotency/fingerprint.ts';
import type { Limits } from '../limits.ts';
import { type MethodMetrics, type Metrics, methodType } from '../metrics/index.ts';
import type { ServiceRegistration, VerifyRequest } from '../service.ts';
import { createTracing, type MethodTracing, type Tracing } from '../tracing/index.ts';
import { createEncoder, type Encoder } from '../wire/index.ts';
import { type Authorize, authorization } from './authorization.ts';
import { checkPolicy } from './check-policy.ts';
import { type MarkedField, markedString } from './marks.ts';
import { type OwnerGuard, ownerGuard } from './owner-guard.ts';
import type { Validate, ValidationCompiler } from './validation.ts';

/** What a handler is called with and answers, whatever the kind of its method. */
export type Handler = (input: unknown, context: HandlerContext) => unknown;

/** Everything about a method that calls need, worked out before the first one. */
export interface MethodPlan {
  readonly method: DescMethod;
  readonly service: DescService;
  /** `package.Service/Method` */
  readonly name: string;
  readonly policy: Policy;
  /** `undefined` when nobody implements the method. */
  readonly handler: Handler | undefined;
  readonly authorize: Authorize | undefined;
  /** Checks the credential that a request itself carries; most carry none. */
  readonly verify?: VerifyRequest<Message> | undefined;
  readonly principal: MarkedField | undefined;
  readonly validate: Validate | undefined;
  readonly guard: OwnerGuard | undefined;
  /** The field of the answer that takes an outcome; `undefined` where an outcome is a status. */
  readonly errorField: string | undefined;
  /** Milliseconds no call exceeds. */
  readonly deadlineMs: number;
  /** Only with idempotency by key. */
  readonly key: KeyPlan | undefined;
  /** Counts calls. */
  readonly metrics: MethodMetrics | undefined;
  /** Counts calls from this process. */
  readonly backend: MethodMetrics | undefined;
  readonly tracing: MethodTracing;
  /** The request type with its options, for logs. */
  readonly described: DescMessage;
}

/** How the keys of a method are worked with. */
export interface KeyPlan {
  readonly field: MarkedField;
  readonly fingerprint: Fingerprint;
  readonly ttlMs: number;
  /** Writes an answer as it is kept. */
  readonly encode: Encoder;
  /** The handler records its answers itself: see `ServiceOptions`. */
  readonly recordsAnswers: boolean;
}

/** What plans are made from. */
export interface PlanOptions {
  readonly errors: ErrorModel;
  readonly limits: Limits;
  readonly fingerprintSecret: string | undefined;
  readonly policies: ((method: DescMethod) => PartialPolicy | undefined) | undefined;
  /** The descriptor of a method with all its options. */
  readonly describe: (method: DescMethod) => DescMethod;
  readonly validation: ValidationCompiler;
  readonly metrics?: Metrics | undefined;
  /** Default: OpenTelemetry's, with default options. */
  readonly tracing?: Pick<Tracing, 'method'> | undefined;
}

/**
 * Works out the plan of every method.
 *
 * @throws Error that names everything that is wrong with the services' policies.
 */
export function planMethods(services: readonly ServiceRegistration[], options: PlanOptions): MethodPlan[] {
  const problems: string[] = [];
  const plans: MethodPlan[] = [];
  for (const registration of services) {
    for (const method of registration.service.methods) {
      const name = `${registration.service.typeName}/${method.name}`;
      if (plans.some((plan) => plan.name === name)) {
        problems.push(`${name}: registered twice; expected each service once`);
        continue;
      }
      try {
        plans.push(planMethod(name, method, registration, options));
      } catch (reason) {
        problems.push(reason instanceof Error ? prefixed(name, reason.message) : String(reason));
      }
    }
  }
  if (problems.length > 0) {
    throw new Error(
      `The services cannot be served:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
  return plans;
}

function planMethod(
  name: string,
  method: DescMethod,
  registration: ServiceRegistration,
  options: PlanOptions,
): MethodPlan {
  const described = options.describe(method);
  const policy = withOverrides(policyOf(described), options.policies?.(described));
  if (policy.auth === Auth.UNSPECIFIED) {
    throw new Error('says nothing about who may call it; expected auth in its policy or its service’s');
  }
  checkPolicy(policy);
  const key = markedString(described.input, 'idempotencyKey');
  const byKey = policy.idempotency === Idempotency.KEY;
  if (byKey && key === undefined) {
    throw new Error(
      `idempotency is IDEMPOTENCY_KEY but ${described.input.typeName} has no field marked idempotency_key`,
    );
  }
  if (byKey && method.methodKind !== 'unary') {
    throw new Error('idempotency is IDEMPOTENCY_KEY on a stream; expected a unary method');
  }
  const verify = registration.verify?.[method.localName] as VerifyRequest<Message> | undefined;
  if (verify !== undefined && method.methodKind !== 'unary') {
    throw new Error('verify is given for a stream; expected a unary method');
  }
  return {
    method,
    service: registration.service,
    name,
    policy,
    handler: handlerOf(registration, method),
    authorize: authorization(policy),
    verify,
    principal: markedString(described.input, 'principal'),
    validate: options.validation(described.input),
    guard: ownerGuard(described.output),
    errorField: registration.statusOnly?.includes(method.localName)
      ? undefined
      : errorFieldOf(method.output, options.errors)?.localName,
    deadlineMs: Math.min(policy.deadlineMs || Number.POSITIVE_INFINITY, options.limits.maxDeadlineMs),
    key:
      byKey && key !== undefined
        ? {
            field: key,
            fingerprint: fingerprintOf(described.input, options.fingerprintSecret),
            ttlMs: policy.idempotencyTtlSeconds * 1000,
            encode: createEncoder(method.output),
            recordsAnswers: registration.recordsAnswers?.includes(method.localName) === true,
          }
        : undefined,
    metrics: options.metrics?.method(registration.service.typeName, method.name, methodType(method)),
    backend: options.metrics?.backend(registration.service.typeName, method.name, methodType(method)),
    tracing: (options.tracing ?? createTracing()).method(described),
    described: described.input,
  };
}

function handlerOf({ implementation }: ServiceRegistration, method: DescMethod): Handler | undefined {
  const handler: unknown = implementation[method.localName];
  return typeof handler === 'function' ? (handler.bind(implementation) as Handler) : undefined;
}

function errorFieldOf(answer: DescMessage, errors: ErrorModel): DescField | undefined {
  const field = answer.fields.find((candidate) => candidate.name === 'error');
  const usable =
    field?.fieldKind === 'message' &&
    field.oneof === undefined &&
    field.message.typeName === errors.message?.typeName;
  return usable ? field : undefined;
}

function prefixed(name: string, problem: string): string {
  return problem.startsWith(name) ? problem : `${name}: ${problem}`;
}

/** The error that an answer carries, if any. */
export function errorIn(plan: MethodPlan, answer: Message): Message | undefined {
  return plan.errorField === undefined
    ? undefined
    : (answer as unknown as Record<string, Message | undefined>)[plan.errorField];
}
