import { create } from '@bufbuild/protobuf';
import {
  type ValidateWebhookRequest,
  type ValidateWebhookResponse,
  ValidateWebhookResponseSchema,
} from '@traffic-tacos/contracts/gateway/v1';
import { refuse } from '@traffic-tacos/server';
import { activeSecrets, areFreshSeconds, isSignedBy, timestampSeconds } from '../../domain/webhook/index.ts';
import { timestampOf } from '../shared/time.ts';
import type { WebhookDeps } from './deps.ts';
import { registrationTable } from './tables.ts';

/** Tells whether a payload was signed with a secret of a registration. */
export async function validateWebhook(
  deps: WebhookDeps,
  { payload, signature, webhookId }: ValidateWebhookRequest,
): Promise<ValidateWebhookResponse> {
  const registration = await deps.store.get(registrationTable, webhookId);
  if (registration === undefined) {
    throw refuse('NOT_FOUND', `there is no webhook "${webhookId}"`, [
      { field: 'webhook_id', reason: 'WEBHOOK_NOT_FOUND', value: webhookId },
    ]);
  }
  const now = deps.clock();
  const secrets = activeSecrets(registration.value.secrets, now);
  const reason = isSignedBy(signature, secrets, { standard: [payload], body: payload })
    ? staleness(payload, signature, now)
    : 'No active secret of the webhook made this signature of the payload.';
  return create(ValidateWebhookResponseSchema, {
    valid: reason === '',
    reason,
    validatedAt: timestampOf(now),
  });
}

/** What is wrong with the time in a payload that a `v1,…` signature is for. */
function staleness(payload: string, signature: string, now: number): string {
  if (!/(?:^|\s)v1,/.test(signature)) {
    return '';
  }
  // Ids have no dot in Standard Webhooks; here they may, so the time is looked for where it can be.
  const seconds = /^[^{]*?\.([0-9]{1,12})\./.exec(payload)?.[1];
  const at = seconds === undefined ? undefined : timestampSeconds(seconds);
  if (at === undefined) {
    return 'The payload does not begin with an id and a timestamp in whole seconds, each followed by a dot.';
  }
  return areFreshSeconds(at, now) ? '' : 'The timestamp is more than 300 seconds off.';
}
