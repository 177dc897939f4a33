import {
  type AdminService,
  EmergencyActionType,
  HealthStatus,
  LogLevel,
  MetricType,
  OperationStatus,
  OperationType,
} from '@traffic-tacos/contracts/common/v1';
import { expect } from 'vitest';
import type { CasesOf } from './case.ts';
import { key, someText, someTime } from './steps.ts';

const setting = {
  service: 'queue',
  configKey: 'reservation_token_seconds',
  applyImmediately: true,
  reason: 'a test',
};

export const adminCases: CasesOf<typeof AdminService> = {
  getSystemHealth: {
    good: async ({ admin }) => ({
      by: admin,
      request: { services: ['worker', 'inventory'], includeDependencies: true },
      answers: [
        {
          services: [
            { serviceName: 'worker', status: HealthStatus.HEALTHY, version: someText },
            { serviceName: 'inventory', status: HealthStatus.HEALTHY, version: someText },
          ],
          dependencies: expect.arrayContaining([
            expect.objectContaining({ name: 'store', status: HealthStatus.HEALTHY }),
          ]),
          checkedAt: someTime,
        },
      ],
    }),
    bad: async ({ admin }) => ({
      by: admin,
      request: { services: ['kitchen'] },
      refused: { code: 'NOT_FOUND', details: ['services SERVICE_NOT_FOUND'] },
    }),
  },
  getMetrics: {
    good: async ({ admin, eventId }) => {
      await admin.inventory.getInventoryStatus({ eventId });
      return {
        by: admin,
        request: { service: 'inventory', metricType: 'grpc_calls_total' },
        answers: [
          {
            metrics: expect.arrayContaining([
              expect.objectContaining({
                name: 'grpc_calls_total',
                service: 'inventory',
                type: MetricType.COUNTER,
                labels: expect.objectContaining({ method: 'GetInventoryStatus', code: 'OK' }),
              }),
            ]),
            collectedAt: someTime,
          },
        ],
      };
    },
    bad: async ({ admin }) => ({
      by: admin,
      request: { service: 'kitchen' },
      refused: { code: 'NOT_FOUND', details: ['service SERVICE_NOT_FOUND'] },
    }),
  },
  updateConfig: {
    good: async ({ admin }) => ({
      by: admin,
      request: { ...setting, configValue: '120', ...key() },
      answers: [{ updated: true, oldValue: '30', newValue: '120', updatedAt: someTime }],
    }),
    bad: async ({ admin }) => ({
      by: admin,
      request: { ...setting, configValue: 'long', ...key() },
      refused: { code: 'INVALID_ARGUMENT', details: ['config_value INVALID_VALUE', 'config_key EXPECTED'] },
    }),
  },
  triggerOperation: {
    good: async ({ admin }) => ({
      by: admin,
      request: { operation: OperationType.CLEAR_CACHE, targetService: 'inventory', ...key() },
      answers: [
        {
          triggered: true,
          operationId: expect.stringMatching(/^op_[0-9a-f]{32}$/),
          status: OperationStatus.COMPLETED,
          result: expect.stringMatching(/^cleared \d+ entries of inventory$/),
          triggeredAt: someTime,
        },
      ],
    }),
    bad: async ({ admin }) => ({
      by: admin,
      request: { ...key() },
      refused: { code: 'INVALID_ARGUMENT', details: ['operation ENUM_NOT_IN'] },
    }),
  },
  getLogs: {
    good: async ({ admin, anonymous }) => {
      const eventId = `sought-${crypto.randomUUID()}`;
      const { error } = await anonymous.inventory.getInventoryStatus({ eventId });
      return {
        by: admin,
        request: { service: 'inventory', level: LogLevel.INFO, limit: 1, searchQuery: error?.traceId ?? '' },
        answers: [
          {
            logs: [
              {
                level: LogLevel.INFO,
                service: 'inventory',
                message: 'call',
                traceId: error?.traceId,
                timestamp: someTime,
                fields: { method: 'GetInventoryStatus', code: 'NOT_FOUND' },
              },
            ],
          },
        ],
      };
    },
    bad: async ({ admin }) => ({
      by: admin,
      request: { limit: -1 },
      refused: { code: 'INVALID_ARGUMENT', details: ['limit INT32_GTE_LTE'] },
    }),
  },
  emergencyAction: {
    good: async ({ admin }) => ({
      by: admin,
      request: {
        action: EmergencyActionType.CIRCUIT_BREAKER,
        parameters: { service: 'webhook', open: 'false' },
        confirm: true,
        ...key(),
      },
      answers: [
        {
          executed: true,
          actionId: expect.stringMatching(/^emg_[0-9a-f]{32}$/),
          result: someText,
          executedAt: someTime,
        },
      ],
    }),
    bad: async ({ admin }) => ({
      by: admin,
      request: { action: EmergencyActionType.MAINTENANCE_MODE, ...key() },
      refused: { code: 'INVALID_ARGUMENT', details: ['confirm EMERGENCY_ACTION_CONFIRM'] },
    }),
  },
};
