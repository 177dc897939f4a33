import {
  errorModel,
  TacosError as RuntimeError,
  type StatusName,
  type TacosErrorInit,
} from '@traffic-tacos/client-runtime';
import { type ErrorCode, ErrorCodeSchema, ErrorSchema } from '@traffic-tacos/contracts/common/v1';
import { errorTable } from '@traffic-tacos/policy';

/**
 * What a {@link TacosError} can be about: the codes of `common.v1.ErrorCode`, and the canonical statuses for which
 * the contract has no code, of which callers meet `CANCELLED` and `UNIMPLEMENTED`.
 */
export type TacosErrorCode = keyof typeof ErrorCode | StatusName;

/** What every call throws when it did not do what it was asked to. */
export type TacosError = RuntimeError<TacosErrorCode>;

/** For `instanceof`, and for errors of one's own. */
export const TacosError: {
  new (init: TacosErrorInit<TacosErrorCode>): TacosError;
  readonly prototype: TacosError;
} = RuntimeError;

/** Reads the platform's errors out of answers and statuses. */
export const errors = errorModel({ error: ErrorSchema, codes: ErrorCodeSchema });

/** Any caught value as a TacosError: one of its kind stays as it is, everything else becomes its `cause`. */
export function toTacosError(reason: unknown): TacosError {
  return RuntimeError.from(reason, { errors }) as TacosError;
}

/** Whether a caught value is a TacosError, of any of the codes or of one. */
export function isTacosError<C extends TacosErrorCode = TacosErrorCode>(
  reason: unknown,
  code?: C,
): reason is RuntimeError<C> {
  return (
    reason instanceof Error &&
    reason.name === 'TacosError' &&
    'code' in reason &&
    (code === undefined || reason.code === code)
  );
}

/** An error that the client finds out by itself, as the contract would put it. */
export function refusal(
  code: keyof typeof ErrorCode,
  rawMessage: string,
  more?: Partial<TacosErrorInit>,
): TacosError {
  const { number, status, retryable } = errorTable(ErrorCodeSchema).byName(code) ?? UNKNOWN;
  return new TacosError({ ...more, code, number, status, retryable, rawMessage });
}

const UNKNOWN = { number: 0, status: 2, retryable: false };
