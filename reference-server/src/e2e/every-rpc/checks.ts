import type { DescMethod, Message } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import {
  type Error as ContractError,
  ErrorCode,
  ErrorCodeSchema,
  ErrorSchema,
} from '@traffic-tacos/contracts/common/v1';
import { ErrorKind, errorTable } from '@traffic-tacos/policy';
import { expect } from 'vitest';
import type { Came } from './call.ts';
import type { BadCall, Contained } from './case.ts';

/** Checks that a call was answered with what its messages have to contain. */
export function checkAnswers(came: Came, answers: readonly Contained[]): readonly Message[] {
  if ('failure' in came) {
    throw new Error(`refused: ${came.failure.message}`, { cause: came.failure });
  }
  for (const message of came.messages) {
    expect((message as { readonly error?: unknown }).error).toBeUndefined();
  }
  for (const wanted of answers) {
    expect(Object.keys(wanted).length, 'an answer of which nothing is expected').toBeGreaterThan(0);
  }
  expect(came.messages).toMatchObject(answers);
  return came.messages;
}

/** Checks that a call was refused for this reason, and on the way that the error table says. */
export function checkRefused(method: DescMethod, came: Came, refused: BadCall['refused']): void {
  if ('answer' in refused) {
    checkAnswers(came, [refused.answer]);
    return;
  }
  const row = errorTable(ErrorCodeSchema).byName(refused.code);
  if (row === undefined) {
    throw new Error(`there is no error code ${refused.code}`);
  }
  const inAnswer =
    row.kind === ErrorKind.OUTCOME &&
    method.methodKind === 'unary' &&
    method.output.fields.some(({ name }) => name === 'error');
  const found = inAnswer ? errorInAnswer(came) : errorOfStatus(came, row.status);
  expect({
    code: ErrorCode[found.code],
    details: found.details.map(({ field, reason }) => `${field} ${reason}`),
  }).toEqual(refused);
  expect(found.message).not.toBe('');
  expect(found.traceId).toMatch(/^[0-9a-f]{32}$/);
}

function errorInAnswer(came: Came): ContractError {
  if ('failure' in came) {
    throw new Error(`expected a refusal in the answer, not ${came.failure.message}`, { cause: came.failure });
  }
  const { error } = came.messages[0] as { readonly error?: ContractError };
  if (error === undefined) {
    throw new Error('expected a refusal, but the call did what it was asked to');
  }
  return error;
}

function errorOfStatus(came: Came, status: number): ContractError {
  if (!('failure' in came)) {
    throw new Error('expected the call to fail, but it was answered');
  }
  expect(Code[came.failure.code]).toBe(Code[status]);
  const [error] = came.failure.findDetails(ErrorSchema);
  if (error === undefined) {
    throw new Error('the failure carries no error of the contract', { cause: came.failure });
  }
  return error;
}
