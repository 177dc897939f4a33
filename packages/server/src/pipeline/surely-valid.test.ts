import { create, createFileRegistry, type DescMessage, fromBinary, type Message } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createValidator } from '@bufbuild/protovalidate';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { descriptors } from '../testdata/serve.ts';
import { regexMatch } from './regex.ts';
import { type SurelyValid, surelyValid } from './surely-valid.ts';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const validator = createValidator({ regexMatch, registry });

function compiled(name: string): { readonly desc: DescMessage; readonly isSure: SurelyValid } {
  const desc = registry.getMessage(`library.v1.${name}`) ?? expect.fail(`no type ${name}`);
  return { desc, isSure: surelyValid(desc) ?? expect.fail(`${name} has rules that are not compiled`) };
}

const texts = fc.oneof(
  fc.string({ maxLength: 70, unit: 'binary' }),
  fc.stringMatching(/^[A-Za-z0-9_.:-]{0,70}$/),
  fc.constantFrom('', '💺', '💺'.repeat(64), '💺'.repeat(65), 'x'.repeat(64), 'x'.repeat(65), '\ud83d'),
);

/** Sure only of what a validator finds valid, whatever is asked; of all that is valid, where `always` says so. */
function agrees(name: string, messages: fc.Arbitrary<object>, always: (message: Message) => boolean): void {
  const { desc, isSure } = compiled(name);
  let sure = 0;
  fc.assert(
    fc.property(messages, (init) => {
      const message = create(desc, init as never);
      const isValid = validator.validate(desc, message).kind === 'valid';
      const isFound = isSure(message);
      sure += isFound ? 1 : 0;
      expect(isFound && !isValid).toBe(false);
      expect(isValid && always(message) && !isFound).toBe(false);
    }),
    { numRuns: 2000 },
  );
  expect(sure).toBeGreaterThan(0);
}

test('says of lengths nothing that a validator does not say', () => {
  agrees('GetBookRequest', fc.record({ bookId: texts }), (message) => {
    const { bookId } = message as unknown as { bookId: string };
    return bookId.length <= 64;
  });
});

test('says of patterns, bounds and messages within what a validator says', () => {
  const rated = fc.record({
    name: texts,
    stars: fc.integer({ min: -2, max: 8 }),
    seen: fc.nat({ max: 12 }),
    word: fc.oneof(fc.constant(''), fc.string({ maxLength: 22, unit: 'binary' })),
    last: fc.option(fc.record({ name: texts, stars: fc.integer({ min: 0, max: 6 }) }), { nil: undefined }),
  });
  const isWithinUnits = (message: Message): boolean => {
    const { word } = message as unknown as { word: string };
    return word.length <= 20 && word.length !== 2;
  };
  agrees('RateBookRequest', rated, isWithinUnits);
});

test('where a message inside has other rules, is sure as long as it is not set', () => {
  const { desc, isSure } = compiled('RateBookRequest');
  const rated = { name: 'dune', stars: 3 };
  const labels = { values: {} };

  expect(isSure(create(desc, rated as never))).toBe(true);
  expect(isSure(create(desc, { ...rated, last: rated } as never))).toBe(true);
  expect(isSure(create(desc, { ...rated, labels } as never))).toBe(false);
  expect(isSure(create(desc, { ...rated, last: { ...rated, labels } } as never))).toBe(false);
  expect(surelyValid(registry.getMessage('library.v1.Labels') ?? expect.fail('no type'))).toBeUndefined();
});

test('is not sure of a value that is not of the type of its field, or of another message', () => {
  const { desc, isSure } = compiled('RateBookRequest');
  const good = create(desc, { name: 'dune', stars: 3 } as never);

  expect(isSure(good)).toBe(true);
  expect(isSure({ ...good, name: 7 })).toBe(false);
  expect(isSure({ ...good, stars: '3' })).toBe(false);
  expect(isSure({ ...good, stars: Number.NaN })).toBe(false);
  expect(isSure({ ...good, last: 'dune' })).toBe(false);
  expect(isSure({ ...good, $typeName: 'library.v1.GetBookRequest' })).toBe(false);
});

test('says of lists, enums, and of how fields go together, nothing that a validator does not say', () => {
  const ids = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c', 'd'), texts), { maxLength: 5 });
  const orders = fc.record({
    bookIds: fc.oneof(ids, fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })),
    count: fc.integer({ min: -1, max: 6 }),
    binding: fc.integer({ min: 0, max: 4 }),
    price: fc.option(fc.record({ amount: fc.bigInt(-2n, 5n), currency: fc.constantFrom('KRW', 'krw', '') }), {
      nil: undefined,
    }),
    isGift: fc.boolean(),
    tellAt: fc.constantFrom('', '', 'https://reader.example/told', 'no address'),
  });
  agrees('OrderBooksRequest', orders, (message) => (message as unknown as { tellAt: string }).tellAt === '');
  const loans = fc.record({
    bookId: fc.constantFrom('dune', 'no id', ''),
    days: fc.integer({ min: -1, max: 31 }),
    forever: fc.boolean(),
    readers: fc.array(fc.constantFrom('ada', 'x'.repeat(17)), { maxLength: 4 }),
    cardNumber: fc.constantFrom('', '4111111111111111', '4'.repeat(20)),
  });
  agrees('LendBookRequest', loans, () => true);
});

test('leaves what else is said of a message that must be there to the validator', () => {
  const desc = registry.getMessage('library.v1.ShelveBookRequest') ?? expect.fail('no request type');
  expect(surelyValid(desc)).toBeUndefined();

  const { isSure, desc: moves } = compiled('MoveShelfRequest');
  const shelved = { book: { name: 'dune', next: undefined } };
  expect(isSure(create(moves, {} as never))).toBe(true);
  expect(isSure(create(moves, { shelved } as never))).toBe(false);
  // Both types hold the other, and only one of them is known.
  expect(isSure(create(moves, { book: { name: 'dune' } } as never))).toBe(true);
  expect(isSure(create(moves, { book: { name: 'dune', next: shelved } } as never))).toBe(false);
});
