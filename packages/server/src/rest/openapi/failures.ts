import type { DescMethod, Registry } from '@bufbuild/protobuf';
import { Auth, type ErrorRow, errorTable, Idempotency, type Policy } from '@traffic-tacos/policy';
import { type RuntimeCode, statusOfRuntimeCode } from '../../errors/runtime-code.ts';
import { canonical, type RestErrorModel } from '../response/error-model.ts';
import type { Comments } from './comments.ts';
import { errorContent } from './errors.ts';
import { codesOf } from './rest-words.ts';
import type { OpenApiResponse } from './types.ts';

/** A failure of an operation. */
interface Failure {
  readonly httpStatus: number;
  readonly code: string;
  /** Codes that say more precisely the same. */
  readonly reasons: readonly string[];
  readonly meaning: string;
}

/** Describes how operations fail. */
export type Failures = (method: DescMethod, policy: Policy) => Record<string, OpenApiResponse>;

/** What failures are described from. */
export interface FailureSources {
  readonly errors: RestErrorModel;
  /** The full descriptor set. */
  readonly registry: Registry | undefined;
  /** As the contract writes them. */
  readonly written: Comments;
  /** The same in the words of REST. */
  readonly comments: Comments;
  /** Whether methods with idempotency by key refuse calls without one. */
  readonly requireKeys: boolean;
}

/**
 * How operations fail, by HTTP status: with the error codes that the comment of a method names, and with what its
 * policies refuse.
 */
export function failuresOf(sources: FailureSources): Failures {
  const { errors, registry, written, comments, requireKeys } = sources;
  const codes = codesOf(errors);
  const table = codes === undefined ? undefined : errorTable(codes);
  // What a server runs with may be without comments.
  const described = registry?.getEnum(codes?.typeName ?? '') ?? codes;
  const failureOf = (row: Pick<ErrorRow, 'restCode' | 'httpStatus' | 'restReasons' | 'number'>): Failure => {
    const value = described?.values.find(({ number }) => number === row.number);
    return {
      httpStatus: row.httpStatus,
      code: row.restCode,
      reasons: row.restReasons,
      meaning: value === undefined ? '' : comments.of(value),
    };
  };
  const ofRuntime = (name: RuntimeCode): Failure => {
    const status = statusOfRuntimeCode(name);
    const row = table?.byName(name) ?? errors.rowOfStatus(status);
    const plain = canonical(status);
    return row === undefined
      ? { httpStatus: plain.httpStatus, code: plain.restCode, reasons: [], meaning: '' }
      : failureOf(row);
  };
  return (method, policy) => {
    const text = written.of(method);
    const named = (codes?.values ?? []).filter(({ name }) => new RegExp(`\\b${name}\\b`).test(text));
    const found = [
      ...refusalsOf(policy, requireKeys).map(ofRuntime),
      ...named.flatMap(({ number }) => (table === undefined ? [] : failureOf(table.byNumber(number)))),
    ];
    return byStatus(found);
  };
}

/** Refusals that the policies of a method make possible. */
function refusalsOf(policy: Policy, requireKeys: boolean): RuntimeCode[] {
  const byKey = policy.idempotency === Idempotency.KEY;
  return [
    'INVALID_ARGUMENT',
    ...(byKey && requireKeys ? (['IDEMPOTENCY_REQUIRED'] as const) : []),
    ...(policy.auth === Auth.PUBLIC ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const)),
    ...(policy.scopes.length > 0 ? (['UNAUTHORIZED'] as const) : []),
    ...(byKey ? (['IDEMPOTENCY_CONFLICT'] as const) : []),
    ...(policy.rateLimit.requestsPerSecond > 0 ? (['RATE_LIMITED'] as const) : []),
    'UNAVAILABLE',
    ...(policy.deadlineMs > 0 ? (['TIMEOUT'] as const) : []),
  ];
}

function byStatus(failures: readonly Failure[]): Record<string, OpenApiResponse> {
  const lines = new Map<number, Map<string, string>>();
  for (const { httpStatus, code, reasons, meaning } of failures) {
    const ofStatus = lines.get(httpStatus) ?? new Map<string, string>();
    lines.set(httpStatus, ofStatus);
    const precise = reasons.length === 0 ? '' : ` (or ${reasons.map((one) => `\`${one}\``).join(', ')})`;
    const text = meaning.replace(/\s*\n+\s*/g, ' ');
    ofStatus.set(code, `- \`${code}\`${precise}${text === '' ? '' : `: ${text}`}`);
  }
  return Object.fromEntries(
    [...lines].map(([status, ofStatus]) => [
      String(status),
      { description: [...ofStatus.values()].join('\n'), content: errorContent() },
    ]),
  );
}
