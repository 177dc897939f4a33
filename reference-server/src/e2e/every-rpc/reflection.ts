import { expect } from 'vitest';
import type { MethodCase } from './case.ts';

/** google.rpc.Code */
const NOT_FOUND = 5;

/** Cases of grpc.reflection: both versions ask and answer the same. */
export const reflectionCases: Readonly<Record<string, MethodCase>> = {
  serverReflectionInfo: {
    good: async ({ anonymous }) => {
      const messageRequest = { case: 'fileContainingSymbol', value: 'payment.v1.PaymentService' };
      return {
        by: anonymous,
        request: { host: 'here', messageRequest },
        answers: [
          {
            validHost: 'here',
            originalRequest: { messageRequest },
            messageResponse: {
              case: 'fileDescriptorResponse',
              value: { fileDescriptorProto: expect.arrayContaining([expect.any(Uint8Array)]) },
            },
          },
        ],
      };
    },
    bad: async ({ anonymous }) => ({
      by: anonymous,
      request: { messageRequest: { case: 'fileContainingSymbol', value: 'payment.v1.Nothing' } },
      refused: {
        answer: { messageResponse: { case: 'errorResponse', value: { errorCode: NOT_FOUND } } },
      },
    }),
  },
};
