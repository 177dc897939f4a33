import type { DescMethod } from '@bufbuild/protobuf';
import { ErrorCodeSchema, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import { descriptorSet } from '@traffic-tacos/contracts/descriptor';
import { QueueService } from '@traffic-tacos/contracts/gateway/v1';
import { Auth, policyOf } from '@traffic-tacos/policy';
import { type CorsOptions, errorModel, type ServerOptions } from '@traffic-tacos/server';
import type { Settings } from './config/index.ts';
import { traceSampling } from './trace-sampling.ts';

/** What the settings say of the server, whatever it serves. */
export function serverOptions(settings: Readonly<Settings>) {
  const isStrict = settings.profile === 'strict';
  return {
    name: 'reference-server',
    descriptors: descriptorSet(),
    errors: errorModel({ error: ErrorSchema, codes: ErrorCodeSchema }),
    profile: {
      requireCredentials: isStrict,
      requireIdempotencyKey: isStrict,
      requireUuidKeys: isStrict,
    },
    shedding: isOn(settings.shedding, settings) && {},
    accessLog: settings.accessLog,
    http2: settings.http2,
    tracing: { sampling: traceSampling(settings) },
    // Whoever tries things out misspells them now and then.
    refuseUnknownJson: !isStrict,
    cors: corsOf(settings),
    policies: (method) => ({
      ...(policyOf(method).deadlineMs < settings.minDeadlineMs && { deadlineMs: settings.minDeadlineMs }),
      ...(settings.queueAuth === 'user' && isJoin(method) && { auth: Auth.USER }),
    }),
  } satisfies Partial<ServerOptions>;
}

function isJoin({ name, parent }: DescMethod): boolean {
  return name === QueueService.method.joinQueue.name && parent.typeName === QueueService.typeName;
}

/** Whether a protection is on that by default belongs to the strict profile. */
export function isOn(when: 'on' | 'off' | 'strict', { profile }: Pick<Settings, 'profile'>): boolean {
  return when === 'on' || when === profile;
}

/** The pages that may call. The strict profile lets nobody in who was not named. */
function corsOf({ corsOrigins, profile }: Settings): CorsOptions | undefined {
  const origins = corsOrigins.length === 0 && profile === 'dev' ? ['*'] : corsOrigins;
  return origins.length === 0 ? undefined : { origins };
}
