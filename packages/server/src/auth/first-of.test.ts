import { expect, test } from 'vitest';
import { type Authenticate, serviceCaller, userCaller } from '../caller.ts';
import { refuse } from '../errors/failure.ts';
import { firstOf } from './first-of.ts';
import { requestWith } from './testdata/authenticating.ts';

const [ann, van] = [userCaller('ann'), serviceCaller('van')];
const nobody: Authenticate = () => undefined;
const laterNobody: Authenticate = async () => undefined;

test('the first one that knows the caller decides, and the others are not asked', async () => {
  const never: Authenticate = () => {
    throw new Error('asked');
  };

  expect(firstOf(nobody, () => ann, never)(requestWith())).toBe(ann);
  expect(await firstOf(laterNobody, nobody, async () => van, never)(requestWith())).toBe(van);
  expect(await firstOf(nobody, laterNobody, () => ann, never)(requestWith())).toBe(ann);
});

test('nobody knows a caller whom none of them knows', async () => {
  expect(firstOf(nobody, nobody)(requestWith())).toBeUndefined();
  expect(firstOf()(requestWith())).toBeUndefined();
  expect(await firstOf(nobody, laterNobody)(requestWith())).toBeUndefined();
});

test('credentials that are refused are not looked for elsewhere', async () => {
  const refusing: Authenticate = () => {
    throw refuse('UNAUTHENTICATED', 'the token has expired');
  };
  const laterRefusing: Authenticate = async (request) => refusing(request);

  expect(() => firstOf(refusing, () => van)(requestWith())).toThrow('the token has expired');
  await expect(firstOf(nobody, laterRefusing, () => van)(requestWith())).rejects.toThrow(
    'the token has expired',
  );
});

test('stays synchronous as long as those asked are', () => {
  expect(firstOf(nobody, () => ann, laterNobody)(requestWith())).not.toBeInstanceOf(Promise);
});
