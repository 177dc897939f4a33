import { runtimeFailure } from '../errors/runtime-code.ts';

const GRPC = /^(\d{1,8})([HMSmun])$/;
const CONNECT = /^\d{1,10}$/;
const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Milliseconds of a `grpc-timeout`.
 *
 * @throws CallFailure INVALID_ARGUMENT when it is malformed
 */
export function grpcTimeout(value: string): number {
  const match = GRPC.exec(value);
  if (match === null) {
    throw malformed('grpc-timeout', value, 'up to 8 digits and one of H, M, S, m, u, n');
  }
  return Number(match[1]) * (MILLISECONDS[match[2] as string] as number);
}

/**
 * Milliseconds of a `connect-timeout-ms`.
 *
 * @throws CallFailure INVALID_ARGUMENT when it is malformed
 */
export function connectTimeout(value: string): number {
  if (!CONNECT.test(value)) {
    throw malformed('connect-timeout-ms', value, 'up to 10 digits');
  }
  return Number(value);
}

function malformed(header: string, value: string, expected: string): Error {
  return runtimeFailure('INVALID_ARGUMENT', `${header} is "${value.slice(0, 64)}"; expected ${expected}`);
}
