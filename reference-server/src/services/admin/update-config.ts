import { create } from '@bufbuild/protobuf';
import {
  type UpdateConfigRequest,
  type UpdateConfigResponse,
  UpdateConfigResponseSchema,
} from '@traffic-tacos/contracts/common/v1';
import { type Call, refuse } from '@traffic-tacos/server';
import { audit, type LiveSetting, stopsAdmissions } from '../../live/index.ts';
import type { Write } from '../../store/index.ts';
import { newId } from '../shared/new-id.ts';
import { recorded } from '../shared/recorded.ts';
import { timestampOf } from '../shared/time.ts';
import { authorOf } from './author.ts';
import type { AdminDeps } from './deps.ts';
import { knownService } from './known-service.ts';

/** Changes one setting, keeps it for the next start and writes down who has done it. */
export async function updateConfig(
  deps: AdminDeps,
  request: UpdateConfigRequest,
  call: Call,
): Promise<UpdateConfigResponse> {
  const { clock, config, switches } = deps;
  const { service, configKey, configValue, applyImmediately, reason } = request;
  const setting = settingOf(deps, request);
  const understood = configValue === '' ? undefined : setting.understand(configValue);
  if (understood?.ok === false) {
    throw refuse('INVALID_ARGUMENT', `${configKey} is "${configValue}": ${understood.expected}`, [
      { field: 'config_value', reason: 'INVALID_VALUE', value: configValue },
      { field: 'config_key', reason: 'EXPECTED', value: understood.expected },
    ]);
  }
  if (setting.without !== undefined) {
    throw refuse('FAILED_PRECONDITION', `${configKey} has no effect: ${setting.without}`, [
      { field: 'config_key', reason: 'WITHOUT_EFFECT', value: configKey },
    ]);
  }
  const at = clock();
  const by = authorOf(call.caller);
  const id = newId('chg');
  let response = create(UpdateConfigResponseSchema);
  let values = { before: '', after: '' };
  const change = (others: readonly Write[]) =>
    config.change({
      setting,
      value: understood?.text,
      now: applyImmediately,
      by,
      at,
      writes: (changed) => {
        values = changed;
        response = create(UpdateConfigResponseSchema, {
          updated: true,
          oldValue: changed.before,
          newValue: changed.after,
          updatedAt: timestampOf(at),
        });
        const subject = `${service === '' ? 'platform' : service}/${configKey}`;
        return [
          ...others,
          audit({ id, at, by, kind: 'config', subject, ...changed, reason }),
          ...recorded(call, response),
        ];
      },
    });
  // Setting the rate is the contract's way to let buyers in again.
  const resumes = applyImmediately && service === 'queue' && configKey === 'admission_rate';
  await (resumes ? switches.change({ off: stopsAdmissions, commit: change }) : change([]));
  call.log.info(
    {
      change_id: id,
      of: service === '' ? 'platform' : service,
      config_key: configKey,
      old_value: values.before,
      new_value: values.after,
      holds: applyImmediately ? 'now' : 'from the next start',
      by,
      reason,
    },
    'configuration changed',
  );
  return response;
}

/** @throws CallFailure NOT_FOUND */
function settingOf(
  { config, services }: AdminDeps,
  { service, configKey }: UpdateConfigRequest,
): LiveSetting {
  if (service !== '') {
    knownService('service', service, services);
  }
  const setting = config.find(service, configKey);
  if (setting === undefined) {
    const owner = config.settings.find(({ key }) => key === configKey)?.service;
    const keys = config.settings.filter((other) => other.service === service).map(({ key }) => key);
    const hint =
      owner === undefined
        ? `expected ${keys.length === 0 ? `a service that has some: ${ownersOf(config)}` : `one of ${keys.join(', ')}`}`
        : `it belongs to ${owner === '' ? 'the platform: leave service empty' : `the service "${owner}"`}`;
    const whose = service === '' ? 'the platform' : `the service "${service}"`;
    throw refuse(
      'NOT_FOUND',
      `${whose} has no setting "${configKey}" that can be changed while it runs; ${hint}`,
      [{ field: 'config_key', reason: 'SETTING_NOT_FOUND', value: configKey }],
    );
  }
  return setting;
}

function ownersOf({ settings }: AdminDeps['config']): string {
  return [...new Set(settings.map(({ service }) => service).filter((name) => name !== ''))].join(', ');
}
