import {
  EmergencyActionRequestSchema,
  EmergencyActionType,
  GetLogsRequestSchema,
  GetMetricsRequestSchema,
  GetSystemHealthRequestSchema,
  LogLevel,
  OperationType,
  TriggerOperationRequestSchema,
  UpdateConfigRequestSchema,
} from '@traffic-tacos/contracts/common/v1';
import { enumOf, form, id, idList, key, optional, optionalId, pairs, range, upTo } from './limit.ts';
import { type RequestCases, request } from './request.ts';
import { time } from './types.ts';

export const adminRules: readonly RequestCases[] = [
  request(GetSystemHealthRequestSchema, {}, { services: idList(50) }),
  request(
    GetMetricsRequestSchema,
    {},
    {
      service: optionalId,
      metricType: optionalId,
      aggregation: optional(form(['last', 'p99.9', 'x'.repeat(32)], ['x'.repeat(33), 'p 95', 'p-95', 'é'])),
    },
    {
      valid: [{ startTime: time(1), endTime: time(2) }, { startTime: time(1) }, { endTime: time(1) }],
      invalid: [
        [{ startTime: time(2), endTime: time(2) }, ' get_metrics.time_range'],
        [{ startTime: time(3), endTime: time(2) }, ' get_metrics.time_range'],
      ],
    },
  ),
  request(
    UpdateConfigRequestSchema,
    { configKey: 'hold_seconds', configValue: '60' },
    { service: optionalId, configKey: id, configValue: upTo(4096), reason: upTo(1000), idempotencyKey: key },
  ),
  request(
    TriggerOperationRequestSchema,
    { operation: OperationType.CLEAR_CACHE },
    {
      operation: enumOf(OperationType, OperationType.UNSPECIFIED),
      targetService: optionalId,
      parameters: pairs,
      reason: upTo(1000),
      idempotencyKey: key,
    },
    { invalid: [[{}, 'operation enum.not_in']] },
  ),
  request(
    GetLogsRequestSchema,
    {},
    {
      service: optionalId,
      level: enumOf(LogLevel),
      limit: range(0, 1000),
      searchQuery: upTo(500),
      cursor: upTo(2048),
    },
    {
      valid: [{ startTime: time(1), endTime: time(2) }],
      invalid: [[{ startTime: time(2), endTime: time(2) }, ' get_logs.time_range']],
    },
  ),
  request(
    EmergencyActionRequestSchema,
    { action: EmergencyActionType.STOP_ADMISSIONS, confirm: true },
    {
      action: enumOf(EmergencyActionType, EmergencyActionType.UNSPECIFIED),
      reason: upTo(1000),
      parameters: pairs,
      confirm: { good: [true], bad: [[false, 'emergency_action.confirm']] },
      idempotencyKey: key,
    },
    {
      invalid: [
        [{ action: EmergencyActionType.FORCE_FAILOVER }, 'confirm emergency_action.confirm'],
        [{}, 'action enum.not_in', 'confirm emergency_action.confirm'],
      ],
    },
  ),
];
