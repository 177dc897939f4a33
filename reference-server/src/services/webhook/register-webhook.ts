import { create } from '@bufbuild/protobuf';
import {
  type RegisterWebhookRequest,
  type RegisterWebhookResponse,
  RegisterWebhookResponseSchema,
  type WebhookConfig,
} from '@traffic-tacos/contracts/gateway/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { rotated } from '../../domain/webhook/index.ts';
import { put } from '../../store/index.ts';
import { contended } from '../shared/contended.ts';
import { derivedId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import { callableUrl } from './callable-url.ts';
import { leadsAstray } from './delivery/checked-host.ts';
import type { WebhookDeps } from './deps.ts';
import { type Registration, registeredEventOf } from './registration.ts';
import { registrationTable } from './tables.ts';

/** Sends events to an address from now on. The same address of the same service keeps its id. */
export async function registerWebhook(
  deps: WebhookDeps,
  request: RegisterWebhookRequest,
  call: Call,
): Promise<RegisterWebhookResponse> {
  const checked = callableUrl(request.endpointUrl, 'endpoint_url', deps.rules);
  if (!checked.isAllowedHost) {
    await requirePublic(deps, checked.url.hostname);
  }
  const id = derivedId('wh', request.serviceName, checked.url.href);
  return contended(`webhook ${id}`, async () => {
    const known = await deps.store.get(registrationTable, id);
    const now = deps.clock();
    const registration: Registration = {
      id,
      service: request.serviceName,
      url: checked.url.href,
      events: request.eventTypes.map(registeredEventOf),
      secrets: rotated(known?.value.secrets ?? [], request.secret, now, deps.rotationMs),
      registeredAt: known?.value.registeredAt ?? now,
      ...settingsOf(request.config),
    };
    const response = create(RegisterWebhookResponseSchema, {
      webhookId: id,
      registered: true,
      registeredAt: timestampOf(registration.registeredAt),
    });
    await deps.store.transact([
      put(registrationTable, id, registration, {
        if: known === undefined ? 'absent' : { version: known.version },
      }),
      ...recorded(call, response),
    ]);
    return response;
  });
}

/** A name that cannot be looked up just now may be right all the same: it is looked up for every delivery. */
async function requirePublic({ resolveHost }: WebhookDeps, hostname: string): Promise<void> {
  const found = await resolveHost(hostname).catch(() => []);
  const astray = leadsAstray(found);
  if (astray !== undefined) {
    throw refuse('INVALID_ARGUMENT', `endpoint_url leads to ${astray}; expected a public address`, [
      { field: 'endpoint_url', reason: 'NOT_PUBLIC' },
    ]);
  }
}

function settingsOf(config: WebhookConfig | undefined) {
  const { retryCount = 0, timeoutSeconds = 0, headers = {}, contentType = '' } = config ?? {};
  return {
    ...(retryCount > 0 && { retries: retryCount }),
    ...(timeoutSeconds > 0 && { timeoutMs: timeoutSeconds * 1000 }),
    ...(Object.keys(headers).length > 0 && { headers: { ...headers } }),
    ...(contentType !== '' && { contentType }),
  };
}
