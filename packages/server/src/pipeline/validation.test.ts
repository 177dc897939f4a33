import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { LetterSchema, SendLetterRequestSchema } from '../testdata/gen/mail/v1/mail_pb.js';
import { registry } from '../testdata/rest/mail.ts';
import { validationCompiler } from './validation.ts';

const validate = validationCompiler(registry)(
  registry.getMessage(SendLetterRequestSchema.typeName) ?? expect.fail(),
);

const letter = { letterId: 'a', text: 'Hello', postage: 1, weight: 1, serial: 1n };

/** What is said of a letter that is not sent. */
function said(protocol: string, broken: object, ofLetter: object = {}): string {
  const request = create(SendLetterRequestSchema, {
    boxId: 'ann',
    letter: create(LetterSchema, { ...letter, ...ofLetter }),
    ...broken,
  });
  try {
    validate?.(request, { protocol });
  } catch (reason) {
    return (reason as Error).message;
  }
  return 'sent';
}

test('what keeps the rules is not refused', () => {
  expect(said('grpc', {})).toBe('sent');
});

test.each([
  ['a text that is missing', { boxId: '' }, {}, 'box_id is missing: expected 1 to 32 of the characters a-z'],
  ['a message that is missing', { letter: undefined }, {}, 'letter is missing'],
  [
    'a text that is too long',
    {},
    { text: 'x'.repeat(1001) },
    `letter.text: expected at most 1000 characters; found "${'x'.repeat(64)}…"`,
  ],
  [
    'a text of other characters',
    { boxId: 'Ann' },
    {},
    'box_id: expected 1 to 32 of the characters a-z; found "Ann"',
  ],
  [
    'a number that is too small',
    {},
    { postage: 0 },
    'letter.postage: expected a number from 1 to 500; found "0"',
  ],
  ['a long number', {}, { serial: 0n }, 'letter.serial: expected a number of at least 1; found "0"'],
  [
    'a list that is too long',
    { copies: ['a', 'b', 'c', 'd'] },
    {},
    'copies: expected at most 3 entries; found "4 entries"',
  ],
  ['an entry twice', { copies: ['a', 'a'] }, {}, 'copies: expected no entry twice; found "2 entries"'],
  [
    'an entry that is too long',
    { copies: ['a', 'b'.repeat(33)] },
    {},
    `copies[1]: expected at most 32 characters; found "${'b'.repeat(33)}"`,
  ],
  [
    'an entry of a map',
    { remarks: { today: 'x'.repeat(101) } },
    {},
    `remarks["today"]: expected at most 100 characters; found "${'x'.repeat(64)}…"`,
  ],
])('says what is expected in plain words: %s', (_what, broken, ofLetter, sentence) => {
  expect(said('grpc', broken, ofLetter)).toBe(sentence);
});

test.each([
  ['grpc', 'letter.letter_id is missing'],
  ['connect', 'letter.letter_id is missing'],
  ['rest', 'letter.letterId is missing'],
  ['websocket', 'letter.letterId is missing'],
])('names fields as the caller wrote them: %s', (protocol, sentence) => {
  expect(said(protocol, {}, { letterId: '' })).toContain(sentence);
});
