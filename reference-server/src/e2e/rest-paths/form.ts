import { type DescMethod, ScalarType } from '@bufbuild/protobuf';
import { expect } from 'vitest';
import type { RestAnswer } from '../ask.ts';

/** What an answer of any path has: JSON, that no cache keeps, and its trace. */
function checkHead({ headers }: RestAnswer): void {
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
}

/** An answer that is a success: names in lowerCamelCase, values without prefix, every plain field there. */
export function checkSuccess(method: DescMethod, answer: RestAnswer): void {
  checkHead(answer);
  expect(answer.body).not.toHaveProperty('error');
  const plain = method.output.fields.filter(
    (field) => field.fieldKind === 'scalar' || field.fieldKind === 'enum' || field.fieldKind === 'list',
  );
  expect(Object.keys(answer.body as object)).toEqual(
    expect.arrayContaining(plain.map(({ jsonName }) => jsonName)),
  );
  for (const { name, value } of membersOf(answer.body)) {
    expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
    expect(value).not.toMatch(/^[A-Z]+_STATUS_/);
  }
  for (const field of method.output.fields) {
    const value = (answer.body as Readonly<Record<string, unknown>>)[field.jsonName];
    if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) {
      expect(value, field.jsonName).toBeTypeOf('string');
    }
  }
}

/** An error: its status, and the one form that all have. */
export function checkError(
  answer: RestAnswer,
  wanted: { readonly code: string; readonly status: number; readonly path: string },
): void {
  checkHead(answer);
  const { error } = answer.body as { readonly error: Readonly<Record<string, unknown>> };
  expect({ status: answer.status, error }).toEqual({
    status: wanted.status,
    error: {
      code: wanted.code,
      message: expect.stringMatching(/./),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      path: wanted.path.split('?')[0],
      traceId: answer.headers.get('x-trace-id'),
      details: expect.any(Array),
    },
  });
}

/** `field REASON` of each cause. */
export function causesOf({ body }: RestAnswer): readonly string[] {
  const { error } = body as {
    readonly error: { readonly details: readonly { readonly field?: string; readonly reason?: string }[] };
  };
  return error.details.map(({ field = '', reason }) => `${field} ${reason}`);
}

function* membersOf(value: unknown): Generator<{ readonly name: string; readonly value: string }> {
  if (Array.isArray(value)) {
    for (const item of value) {
      yield* membersOf(item);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      yield { name, value: typeof member === 'string' ? member : '' };
      yield* membersOf(member);
    }
  }
}
